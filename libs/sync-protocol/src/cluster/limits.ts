import type { BackoffLimits } from '../backoff';
import type { PageLimits } from '../pages';

/** Every bound of what nodes do with one another, whatever carries it. */
export interface ClusterLimits extends BackoffLimits, PageLimits {
  /** records of one append: bytes, but at least one record whatever its size */
  readonly batchBytesMax: number;
  /** records of one append: count */
  readonly batchRecordsMax: number;
  /** bytes of one message in a stream */
  readonly messageBytesMax: number;
  /** other members of one log beside its master, learners included */
  readonly slavesMax: number;
  /** requests that wait for a write concern at once */
  readonly concernWaitsMax: number;
  /** an idle sender shows that it lives after this time */
  readonly heartbeatMs: number;
  /** an idle stream shows that it lives after this time */
  readonly streamHeartbeatMs: number;
  /** pause of a sender whose follower has another history, or another store */
  readonly divergedRetryMs: number;
  /** a learner that lacks at most so many entries, and nothing that is committed, becomes a voter */
  readonly learnerLagMax: number;
  /** pause between two pages of the scrub, which reads the whole log again and again */
  readonly scrubPauseMs: number;
  /** time for each answer to a candidate */
  readonly promiseMs: number;
  /** time that a promotion waits for a majority to have its epoch */
  readonly promotionMs: number;
}
