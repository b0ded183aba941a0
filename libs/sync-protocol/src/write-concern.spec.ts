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

  it('reach as far as each single sequence says', () => {
    const held = [[], [0], [3], [0, 3], [3, 3], [1, 2, 3], [5, 0, 2, 2]];
    for (const one of held) {
      const acknowledgements = new Acknowledgements(one);
      for (const concern of [1, 2, 3, 'majority', 'all'] as const)
        for (let sequence = 1; sequence <= 6; sequence += 1)
          expect(sequence <= acknowledgements.reach(concern)).toBe(
            acknowledgements.of(sequence, concern).met,
          );
    }
  });
});
