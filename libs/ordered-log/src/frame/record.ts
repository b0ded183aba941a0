import type { Digest, EntryKey } from '@hooklog/object-id';
import type { Entry, Origin } from '../entry';
import type { Position } from '../position';

/** What stands at one place of the log. Entries have n = 0, control records n ≥ 1. */
export type LogRecord = EntryRecord | ReceiptRecord | EpochRecord | MembersRecord;

export interface EntryRecord {
  readonly type: 'entry';
  readonly position: Position;
  readonly epoch: number;
  readonly entry: Entry;
}

/** "That arrival is the same event as this sequence." */
export interface ReceiptRecord {
  readonly type: 'receipt';
  readonly position: Position;
  readonly epoch: number;
  readonly receipt: Receipt;
}

export interface Receipt {
  readonly origin: Origin;
  /** The key that the origin answered with. */
  readonly key: EntryKey;
  readonly digest: Digest;
  /** The entry that it is a copy of. */
  readonly sequence: number;
  /** Whether that entry has this very key: then there is no alias. */
  readonly sameKey: boolean;
}

/** A writer begins. */
export interface EpochRecord {
  readonly type: 'epoch';
  readonly position: Position;
  readonly epoch: number;
  readonly writer: Writer;
}

export interface Writer {
  readonly node: string;
  readonly store: string;
}

/** From here on these are the members, until the next such record. */
export interface MembersRecord {
  readonly type: 'members';
  readonly position: Position;
  readonly epoch: number;
  readonly members: readonly Member[];
}

export interface Member extends Writer {
  /** Where the others reach it. */
  readonly url: string;
  /** Counts in quorums. A learner does not, until its log is whole. */
  readonly voting: boolean;
}
