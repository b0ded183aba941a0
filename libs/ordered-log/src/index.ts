export type { Database } from './rows/database';
export type { Candidate, Entry, Header, Origin, StoredEntry } from './entry';
export { FingerprintIndex, type Fingerprints, type IndexedItem } from './fingerprints/fingerprint-index';
export {
  decodePendingFrame,
  decodeRecord,
  encodePendingFrame,
  type PendingRecord,
  type RawRecord,
} from './frame/frame';
export { hasNextStart, nextTerm, NOBODY, termOf } from './epoch';
export type {
  EntryRecord,
  EpochRecord,
  LogRecord,
  Member,
  MembersRecord,
  Receipt,
  ReceiptRecord,
  Writer,
} from './frame/record';
export type { Appended } from './jobs/append';
export { ROLLBACK } from './cut/taken';
export type { Damage } from './damage/learn';
export type { Scrubbed } from './damage/scrub';
export { SET_ASIDE } from './damage/set-aside';
export type { Cut } from './jobs/cut';
export type { ReplicaBatch, Tail } from './jobs/replica';
export type { Checkpoint, PageResult } from './jobs/sequence';
export { DEDUP_WINDOW_SECONDS, DEFAULT_LIMITS, type LogLimits } from './limits';
export { isDamage, LogError, type LogErrorCode } from './log-error';
export type { VerifiedFingerprints } from './reading/verify';
export type { DuplicateRule, LogObserver, WrittenBatch } from './observer';
export type { OrderedLogOptions, PendingPage, ReceivedRange, RecordsPage, SecondsRange } from './options';
export { OrderedLog } from './ordered-log';
export { NO_CLUSTER } from './state';
export { comparePositions, type Position, START } from './position';
