/** Largest timestamp, count and varint: what a double holds exactly. */
export const NUMBER_MAX = Number.MAX_SAFE_INTEGER;
/** Groups of 7 bits of the longest varint that is read. */
export const VARINT_GROUPS_MAX = 8;

export const ID_BYTES = 32;
export const FINGERPRINT_BYTES = 16;

/** A frame limit below this one leaves no room for a step. */
export const FRAME_BYTES_MIN = 4096;
/** Left of a frame for what ends it: a skip, a bound, an id more than fits, the fingerprint of the rest. */
export const FRAME_SLACK_BYTES = 200;
/** Left of the ranges of a message for what ends it. */
export const SLACK_RANGES = 4;

/** What a peer can make this side do. */
export interface ReconcileLimits {
  /** Of one message: a peer's is refused beyond it, an own one ends before it. */
  readonly messageBytesMax: number;
  readonly messageRangesMax: number;
  /** That one session finds: then it is over, for the next one to go on. */
  readonly differencesMax: number;
  /** Questions of one session: then it is over too, since a peer that never agrees would keep it for ever. */
  readonly roundsMax: number;
}

export const RECONCILE_LIMITS: ReconcileLimits = {
  messageBytesMax: 256 * 1024,
  messageRangesMax: 4096,
  differencesMax: 16_384,
  roundsMax: 10_000,
};

/** What two peers can make the one do that compares them. */
export interface ComparisonLimits extends ReconcileLimits {
  /** Of one question: more would not be answered in one message where most of them differ. */
  readonly questionRangesMax: number;
  /** That are to be asked about at a time. */
  readonly openRangesMax: number;
}

export const COMPARISON_LIMITS: ComparisonLimits = {
  ...RECONCILE_LIMITS,
  questionRangesMax: 1024,
  openRangesMax: 65_536,
};
