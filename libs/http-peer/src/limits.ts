import { type ClusterLimits, RECONCILE_LIMITS, type ReconcileLimits } from '@hooklog/sync-protocol';

const MIB = 1024 * 1024;

/** Every bound of the peer protocol over HTTP, in one place. */
export interface PeerLimits extends ClusterLimits {
  /** bytes of one append request that a follower reads */
  readonly appendBytesMax: number;
  /** bytes of one answer with records that a candidate, or a node with damage, reads */
  readonly recordsBytesMax: number;
  /** bytes of any other request between nodes that is read, and of its answer */
  readonly smallBytesMax: number;
  /** of one comparison */
  readonly reconcile: ReconcileLimits;
  /** bytes of one message of a comparison that are read, with its head */
  readonly reconcileBytesMax: number;
  /** bytes of a request for missing entries that are read */
  readonly entriesBytesMax: number;
  /** requests of nodes that are read at once, of each kind: appends, promises, records, comparisons; more are answered OVERLOADED */
  readonly appendsMax: number;
  /** streamed answers at once, of each kind: pending streams, missing entries (more: OVERLOADED), id lists (more: SYNC_RUNNING) */
  readonly answersMax: number;
  /** ms by which the clocks of two nodes may differ: a request that was signed earlier or later is refused */
  readonly clockSkewMsMax: number;
  /** signed requests that are remembered, so that none comes twice; beyond it the earliest are forgotten, and refused by their time */
  readonly noncesMax: number;
  /** ids of the master that the id-list diff keeps in memory */
  readonly windowIdsMax: number;
  /** pending keys that one answer sorts in memory; a comparison finds what lies behind them */
  readonly pendingKeysMax: number;
  /** bytes of an error's body that are read */
  readonly errorBytesMax: number;
  /** a stream without a byte for this time is dead; also the time a peer has to read what was written */
  readonly streamSilenceMs: number;
  /** a request without an answer after this time has failed; a large one has the time of the slowest link on top */
  readonly answerMs: number;
  /** the same for a registration: there may be other nodes to ask */
  readonly registerMs: number;
  /** a master that sent nothing for so long, and for three of its heartbeats, is away */
  readonly masterSilenceMsMin: number;
  /** slowest link, bytes per millisecond */
  readonly bytesPerMsMin: number;
}

export const PEER_LIMITS: PeerLimits = {
  batchBytesMax: MIB,
  batchRecordsMax: 1024,
  appendBytesMax: 66 * MIB,
  recordsBytesMax: 66 * MIB,
  smallBytesMax: 4096,
  reconcile: RECONCILE_LIMITS,
  reconcileBytesMax: RECONCILE_LIMITS.messageBytesMax + 64,
  entriesBytesMax: 40 * RECONCILE_LIMITS.differencesMax + 64,
  appendsMax: 4,
  answersMax: 8,
  clockSkewMsMax: 300_000,
  noncesMax: 262_144,
  messageBytesMax: 65 * MIB,
  pageBytesMax: MIB,
  pageEntriesMax: 1024,
  windowIdsMax: 500_000,
  pendingKeysMax: 100_000,
  errorBytesMax: 16 * 1024,
  slavesMax: 64,
  concernWaitsMax: 4096,
  learnerLagMax: 1024,
  heartbeatMs: 1000,
  streamHeartbeatMs: 3000,
  streamSilenceMs: 15_000,
  answerMs: 30_000,
  registerMs: 10_000,
  masterSilenceMsMin: 15_000,
  promiseMs: 5000,
  promotionMs: 30_000,
  scrubPauseMs: 1000,
  bytesPerMsMin: 64,
  retryMinMs: 100,
  retryMaxMs: 5000,
  divergedRetryMs: 30_000,
};

/** A master that sent nothing for so long (ms) is away. */
export function masterSilenceMs({ heartbeatMs, masterSilenceMsMin }: PeerLimits): number {
  return Math.max(masterSilenceMsMin, 3 * heartbeatMs);
}
