import { Acknowledgements, parseConcern, refuseTooLarge, requiredOf } from './write-concern';

describe('a write concern', () => {
  it.each([
    ['1', 1],
    ['2', 2],
    ['64', 64],
    ['majority', 'majority'],
    ['all', 'all'],
  ])('%s is read', (text, concern) => {
    expect(parseConcern(text)).toBe(concern);
  });

  it.each([
    '',
    '0',
    '-1',
    '01',
    '1.5',
    '1e3',
    ' 1',
    '+1',
    'Majority',
    'ALL',
    'any',
    '0x2',
    '9999999999',
    '١',
  ])('%j is refused', (text) => {
    expect(() => parseConcern(text)).toThrow(expect.objectContaining({ code: 'INVALID_CONCERN' }));
  });

  it.each([
    [1, 1, 1, 1],
    [2, 1, 2, 2],
    [3, 1, 2, 3],
    [4, 1, 3, 4],
    [5, 1, 3, 5],
  ])('of %i members asks for %i, a majority of %i, all %i', (members, one, majority, all) => {
    expect([1, 'majority', 'all'].map((concern) => requiredOf(concern as 'all', members))).toEqual([
      one,
      majority,
      all,
    ]);
  });

  it('beyond the members is refused, and nothing else', () => {
    expect(() => refuseTooLarge(4, 3)).toThrow(expect.objectContaining({ code: 'CONCERN_TOO_LARGE' }));
    for (const concern of [1, 3, 'majority', 'all'] as const)
      expect(() => refuseTooLarge(concern, 3)).not.toThrow();
  });
});

describe('acknowledgements', () => {
  it('count the master and whoever has the sequence', () => {
    const three = new Acknowledgements([4, 9]);
    expect(three.of(4, 'all')).toEqual({ acknowledged: 3, required: 3, met: true });
    expect(three.of(5, 'all')).toEqual({ acknowledged: 2, required: 3, met: false });
    expect(three.of(5, 'majority')).toEqual({ acknowledged: 2, required: 2, met: true });
    expect(three.of(10, 2)).toEqual({ acknowledged: 1, required: 2, met: false });
  });

  it('of a master alone meet everything that can be asked', () => {
    const alone = new Acknowledgements([]);
    for (const concern of [1, 'majority', 'all'] as const) expect(alone.of(1, concern).met).toBe(true);
    expect(alone.of(1, 2)).toEqual({ acknowledged: 1, required: 2, met: false });
  });

  it('of a master alone meet a majority when it has committed, not before', () => {
    const alone = new Acknowledgements([], 4);
    for (const concern of ['majority', 'all'] as const) {
      expect(alone.of(4, concern).met).toBe(true);
      expect(alone.of(5, concern).met).toBe(false);
    }
    expect(alone.of(5, 1).met).toBe(true);
  });

  it('of an earlier term meet no majority before a record of this term is committed', () => {
    const everywhere = new Acknowledgements([9, 9], 4);
    expect(everywhere.of(4, 'majority').met).toBe(true);
    for (const concern of ['majority', 'all', 2, 3] as const)
      expect(everywhere.of(9, concern)).toMatchObject({ acknowledged: 3, met: false });
  });

  it('meet a concern below the majority as soon as so many members have it', () => {
    const five = new Acknowledgements([9, 0, 0, 0], 4);
    expect(five.of(9, 2)).toEqual({ acknowledged: 2, required: 2, met: true });
    expect(five.of(9, 1).met).toBe(true);
    expect(new Acknowledgements([9, 9, 0, 0], 4).of(9, 3).met).toBe(false);
  });

  it('of all are those of every member, however far a majority has come', () => {
    const three = new Acknowledgements([9, 5], 9);
    expect(three.reach('majority')).toBe(9);
    expect(three.reach('all')).toBe(5);
  });

  it('reach as far as each single sequence says', () => {
    const held = [[], [0], [3], [0, 3], [3, 3], [1, 2, 3], [5, 0, 2, 2]];
    const cases = held.flatMap((one) => [0, 2, 4, Infinity].map((committed) => [one, committed] as const));
    for (const [one, committed] of cases) {
      const acknowledgements = new Acknowledgements(one, committed);
      for (const concern of [1, 2, 3, 'majority', 'all'] as const)
        for (let sequence = 1; sequence <= 6; sequence += 1)
          expect(sequence <= acknowledgements.reach(concern)).toBe(
            acknowledgements.of(sequence, concern).met,
          );
    }
  });
});
