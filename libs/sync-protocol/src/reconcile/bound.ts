import type { Item } from './item-set';

/** The end of a range, itself outside of it: bytes that the id lacks count as zeros. */
export interface Bound {
  /** Infinity: behind every item, and the id is empty */
  readonly timestamp: number;
  readonly id: Uint8Array;
}

const NO_ID = new Uint8Array(0);
export const ZERO: Bound = { timestamp: 0, id: NO_ID };
export const INFINITY: Bound = { timestamp: Infinity, id: NO_ID };

export function compareBounds(a: Bound, b: Bound): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  const length = Math.max(a.id.length, b.id.length);
  for (let i = 0; i < length; i++) {
    const difference = (a.id[i] ?? 0) - (b.id[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The highest timestamp that an item before this bound can have. */
export function lastTimestampBefore({ timestamp, id }: Bound): number {
  return id.length === 0 ? timestamp - 1 : timestamp;
}

/** The shortest bound between two neighbours. */
export function boundBetween(previous: Item, next: Item): Bound {
  const { timestamp, id } = next;
  if (timestamp !== previous.timestamp) return { timestamp, id: NO_ID };
  const differs = id.findIndex((byte, i) => byte !== previous.id[i]);
  return { timestamp, id: differs < 0 ? id : id.subarray(0, differs + 1) };
}
