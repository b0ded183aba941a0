import fc from 'fast-check';
import type { EntryKey } from '@hooklog/object-id';
import { FingerprintIndex } from '@hooklog/ordered-log';
import type { Item, ItemSet } from './item-set';
import { ItemVector } from './item-vector';
import { REFERENCE, TUNED } from './policy';
import { idsOf, item, options, reconcileSets } from './testing/session';

/** Of several segments. */
const COUNT = 3000;

function keyOf({ timestamp, id }: Item): EntryKey {
  const key = Buffer.alloc(36);
  key.writeUInt32BE(timestamp);
  id.copy(key, 4);
  return key as EntryKey;
}

function indexOf(items: readonly Item[]): FingerprintIndex {
  const index = new FingerprintIndex();
  for (const each of items) index.insert(keyOf(each));
  return index;
}

/** In no order; many share a second. */
const items = Array.from({ length: COUNT }, (_, i) => item(i, 1_763_600_000 + ((i * 7919) % 500)));

describe('the fingerprint index of a log, as a set to compare', () => {
  it('says what a vector says', () => {
    const [index, vector]: [ItemSet, ItemSet] = [indexOf(items), new ItemVector(items)];
    const place = fc.record({
      timestamp: fc.oneof(fc.integer({ min: 1_763_599_999, max: 1_763_600_501 }), fc.maxSafeNat()),
      id: fc.uint8Array({ maxLength: 32 }),
    });
    fc.assert(
      fc.property(place, fc.nat(COUNT), fc.nat(COUNT), fc.nat(COUNT), ({ timestamp, id }, a, b, c) => {
        const [from, without, to] = [a, b, c].sort((one, other) => one - other) as [number, number, number];
        expect(index.lowerBound(timestamp, id)).toBe(vector.lowerBound(timestamp, id));
        expect(index.fingerprint(from, to).equals(vector.fingerprint(from, to))).toBe(true);
        if (without === to) return;
        expect(index.itemAt(without)).toEqual(vector.itemAt(without));
        const part = [...vector.items(from, to)].filter((_, i) => i !== without - from);
        const wanted = new ItemVector(part).fingerprint(0, part.length);
        expect(index.surplus(from, to, wanted)).toBe(without);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it.each([
    ['reference', REFERENCE],
    ['tuned', TUNED],
  ])('finds the differences to a vector by the %s policy, in a window as well', (_, policy) => {
    const [here, there] = [
      items.filter((_item, i) => i % 70 !== 1),
      items.filter((_item, i) => i % 50 !== 2),
    ];
    const window = { from: 1_763_600_100, to: 1_763_600_300 };
    const isIn = ({ timestamp }: Item): boolean => timestamp >= window.from && timestamp < window.to;
    const had = here.filter((each) => !there.includes(each));
    const lacked = there.filter((each) => !here.includes(each));
    const whole = reconcileSets(indexOf(here), new ItemVector(there), options(policy, 4096));
    expect([idsOf(whole.have), idsOf(whole.need)]).toEqual([idsOf(had), idsOf(lacked)]);
    const part = reconcileSets(new ItemVector(here), indexOf(there), options(policy, 4096, { window }));
    expect([idsOf(part.have), idsOf(part.need)]).toEqual([
      idsOf(had.filter(isIn)),
      idsOf(lacked.filter(isIn)),
    ]);
  });
});
