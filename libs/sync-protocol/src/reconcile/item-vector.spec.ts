import { ItemVector } from './item-vector';
import { item } from './testing/session';

const idOf = (hex: string, times = 32): Buffer => Buffer.from(hex.repeat(times), 'hex');

describe('ItemVector', () => {
  it.each([
    ['no items', [], '7f9c9e31ac8256ca2f258583df262dbc'],
    ['one id', [idOf('ee')], 'd5530eded759c1cb5749aacb9bc66bb2'],
    ['a sum that overflows', [idOf('ff'), idOf('01', 1)], '58cc2f44d3a27866874701fbad573da9'],
  ])('has the known fingerprint of %s', (_, ids, fingerprint) => {
    const set = new ItemVector(ids.map((id) => ({ timestamp: 1, id: Buffer.concat([id], 32) })));
    expect(set.fingerprint(0, set.size).toString('hex')).toBe(fingerprint);
  });

  it('is sorted by timestamp, then by the bytes of the id, and holds each item once', () => {
    const [a, b] = [item(1, 7), item(2, 7)].sort((x, y) => x.id.compare(y.id)) as [never, never];
    const late = item(3, 2 ** 53 - 1);
    const set = new ItemVector([late, b, a, b]);
    set.add(item(4, 0));
    set.add(late);
    expect([...set.items(0, set.size)]).toEqual([item(4, 0), a, b, late]);
  });

  it('finds the first item at or behind a place', () => {
    const set = new ItemVector([item(1, 5), item(2, 6), item(3, 6)]);
    const second = set.itemAt(2);
    expect(set.lowerBound(5, Buffer.alloc(0))).toBe(0);
    expect(set.lowerBound(6, Buffer.alloc(0))).toBe(1);
    expect(set.lowerBound(6, second.id)).toBe(2);
    expect(set.lowerBound(6, Buffer.concat([second.id.subarray(0, 31), Buffer.of(0)]))).toBe(2);
    expect(set.lowerBound(6, Buffer.alloc(32, 255))).toBe(3);
    expect(set.lowerBound(Infinity, Buffer.alloc(0))).toBe(3);
  });

  it('names the item without which a range has a fingerprint', () => {
    const all = new ItemVector(Array.from({ length: 20 }, (_, i) => item(i, i)));
    const without7 = new ItemVector([...all.items(0, 20)].filter((_, i) => i !== 7));
    expect(all.surplus(3, 12, without7.fingerprint(3, 11))).toBe(7);
    expect(all.surplus(3, 12, without7.fingerprint(3, 12))).toBeUndefined();
    expect(all.surplus(3, 12, all.fingerprint(3, 12))).toBeUndefined();
    expect(all.surplus(4, 5, all.fingerprint(4, 4))).toBe(4);
    expect(all.surplus(4, 4, all.fingerprint(4, 4))).toBeUndefined();
  });
});
