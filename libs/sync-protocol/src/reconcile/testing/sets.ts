import fc from 'fast-check';
import type { Item } from '../item-set';
import { ItemVector } from '../item-vector';
import { FRAME_BYTES_MIN, NUMBER_MAX } from '../limits';
import { type Policy, REFERENCE, TUNED } from '../policy';
import { item } from './session';

/** Which of the two sides an item is on. */
export const HERE = 1;
export const THERE = 2;
export const BOTH = HERE | THERE;

export interface Sets {
  readonly items: readonly (Item & { readonly on: number })[];
}

export const anyTimestamp = fc.oneof(
  { weight: 3, arbitrary: fc.nat(4) },
  { weight: 3, arbitrary: fc.nat(100_000) },
  { weight: 1, arbitrary: fc.maxSafeNat() },
  { weight: 1, arbitrary: fc.nat(3).map((less) => NUMBER_MAX - less) },
);

/** Many items of both sides, and a few, or many, of one. */
export const anySets: fc.Arbitrary<Sets> = fc
  .record({
    timestamps: fc.array(anyTimestamp, { maxLength: 700, size: 'max' }),
    differing: fc.constantFrom(0, 1, 3, 40, 400),
    sides: fc.constantFrom([HERE], [THERE], [HERE, THERE]),
    shuffle: fc.nat(1000),
  })
  .map(({ timestamps, differing, sides, shuffle }) => ({
    items: timestamps.map((timestamp, i) => {
      const differs = (i * 7919 + shuffle) % timestamps.length < differing;
      return { ...item(i, timestamp), on: differs ? sides[i % sides.length]! : BOTH };
    }),
  }));

export const anyPolicy: fc.Arbitrary<Policy> = fc.constantFrom(REFERENCE, TUNED);
export const anyFrame = fc.oneof(
  fc.constant(0),
  fc.integer({ min: FRAME_BYTES_MIN, max: 3 * FRAME_BYTES_MIN }),
);

export function vectorOf({ items }: Sets, side: number): ItemVector {
  return new ItemVector(items.filter(({ on }) => (on & side) !== 0));
}
