import type { SecondaryHealth } from '@hooklog/sync-protocol';

/** What the master knows about one other member. */
export interface SecondaryStatus {
  readonly id: string;
  readonly url: string;
  /** 16 hex digits */
  readonly store: string;
  /** whether it counts in quorums and write concerns; a learner has not caught up yet, or lost something */
  readonly voting: boolean;
  readonly health: SecondaryHealth;
  /** ms since the epoch: when `health` began */
  readonly since: number;
  /** last sequence that the slave holds durably and provably equal; null before its first answer and when that was another disk or history */
  readonly sequence: number | null;
  /** entries of this log that the slave has not acknowledged; null where `sequence` is */
  readonly lag: number | null;
  /** arrival number of the last entry collected from this store; null before the first */
  readonly collected: number | null;
  readonly lastSync: SyncReport | null;
  /** code of the failure that lasts now, of any of the three flows; null when all is well */
  readonly lastError: string | null;
}

/** The voting members as their master sees them. */
export interface Quorum {
  readonly voters: number;
  /** of these, this node included, HEALTHY now */
  readonly healthy: number;
  /** whether that is a majority */
  readonly majority: boolean;
}

/** One comparison with a slave, and what came of it. */
export interface SyncReport {
  readonly id: string;
  readonly ok: boolean;
  /** ms since the epoch: when it was over */
  readonly at: number;
  /** compared range [from, to), ms since the epoch: all that is kept and has settled on both sides */
  readonly from: number;
  readonly to: number;
  /** how far the slave's clock is ahead of this one's, ms; null: it did not answer */
  readonly clockOffsetMs: number | null;
  /** entries of this node in that range */
  readonly compared: number;
  /** whether every difference was found: not where there are more than one comparison tells */
  readonly complete: boolean;
  /** questions that were asked to compare */
  readonly rounds: number;
  /** bytes of requests and of answers, entries included, without the heads of HTTP */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** entries that this node lacked, or had to decide about */
  readonly missing: number;
  /** of these: those that the slave sent */
  readonly received: number;
  /** of these: new in the log */
  readonly appended: number;
  /** of these: the same event as an entry of the log */
  readonly receipts: number;
  /** entries that the slave has acknowledged and does not know: its index is wrong */
  readonly lacking: number;
  readonly milliseconds: number;
  readonly error?: { readonly code: string; readonly message: string };
}
