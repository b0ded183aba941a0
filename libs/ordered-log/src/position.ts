/**
 * A place in the log. Entries stand at n = 0 and are what users count: 1, 2, 3…; control records
 * (receipts, epochs) stand between two entries, at n = 1, 2… behind the sequence before them.
 */
export interface Position {
  readonly sequence: number;
  readonly n: number;
}

/** Before the first record. */
export const START: Position = { sequence: 0, n: 0 };

/** Negative when a stands before b, 0 when they are the same place. */
export function comparePositions(a: Position, b: Position): number {
  return a.sequence - b.sequence || a.n - b.n;
}

/** Where the next entry stands. */
export function entryAfter(position: Position): Position {
  return { sequence: position.sequence + 1, n: 0 };
}

/** Where the next control record stands. */
export function controlAfter(position: Position): Position {
  return { sequence: position.sequence, n: position.n + 1 };
}

/** The smallest place behind this one, whatever stands there. */
export function behind({ sequence, n }: Position): Position {
  return { sequence, n: n + 1 };
}

/** Whether `next` can stand directly behind `position`. */
export function follows(next: Position, position: Position): boolean {
  const expected = next.n === 0 ? entryAfter(position) : controlAfter(position);
  return comparePositions(next, expected) === 0;
}
