/** How a range that differs is answered. Every policy understands every other one. */
export interface Policy {
  /** Fingerprints of the first message. */
  readonly firstBuckets: number;
  /** Parts of equal count that a range is split into. */
  readonly buckets: number;
  /** The same where nearly all ranges of a message differ: then there are more differences than ranges. */
  readonly denseBuckets: number;
  /** A range of at most so many own items is answered by their ids. */
  readonly initiatorListMax: number;
  readonly serverListMax: number;
  /** Hashes that one call may spend on guesses; 0: it does not guess. */
  readonly guessesMax: number;
  /** `serverListMax` of a range that was guessed at in vain: its parts need be no smaller. */
  readonly guessedListMax: number;
  /** What the last fingerprint of a full frame covers. `untold`: also the range whose answer did not fit. */
  readonly rest: 'untold' | 'behind';
}

/** What the public implementations do, byte for byte. A full frame may make them tell an id twice. */
export const REFERENCE: Policy = {
  firstBuckets: 16,
  buckets: 16,
  denseBuckets: 16,
  initiatorListMax: 31,
  serverListMax: 31,
  guessesMax: 0,
  guessedListMax: 31,
  rest: 'behind',
};

/**
 * For few bytes. A guess: where the peer has a range's own items but for one, its fingerprint tells which one, at a
 * hash for each of them and without another byte. So a range need not be split until its one difference stands alone.
 */
export const TUNED: Policy = {
  firstBuckets: 16,
  buckets: 8,
  denseBuckets: 15,
  initiatorListMax: 1,
  serverListMax: 8,
  guessesMax: 40_000,
  guessedListMax: 32,
  rest: 'untold',
};
