const MIB = 1024 * 1024;

/** Every bound of the peer protocol over HTTP, in one place. */
export interface PeerLimits {
  /** records of one append: bytes, but at least one record whatever its size */
  readonly batchBytesMax: number;
  /** records of one append: count */
  readonly batchRecordsMax: number;
  /** bytes of one append request that a follower reads */
  readonly appendBytesMax: number;
  /** appends that a follower reads at once; more are answered OVERLOADED */
  readonly appendsMax: number;
  /** streamed answers of a slave at once, of each kind: pending streams (more: OVERLOADED), id lists (more: SYNC_RUNNING) */
  readonly answersMax: number;
  /** bytes of one message in a stream */
  readonly messageBytesMax: number;
  /** entries that are appended together, in bytes of their frames */
  readonly pageBytesMax: number;
  /** entries that are appended together, count */
  readonly pageEntriesMax: number;
  /** ids of the master that the id-list diff keeps in memory */
  readonly windowIdsMax: number;
  /** pending keys that one answer to a list sorts in memory; what lies behind them is left to the next run */
  readonly pendingKeysMax: number;
  /** bytes of an error's body that are read */
  readonly errorBytesMax: number;
  /** bytes of a registration that are read */
  readonly registrationBytesMax: number;
  /** members of one master */
  readonly membersMax: number;
  /** requests that wait for a write concern at once */
  readonly concernWaitsMax: number;
  /** an idle sender shows that it lives after this time */
  readonly heartbeatMs: number;
  /** an idle stream shows that it lives after this time */
  readonly streamHeartbeatMs: number;
  /** a stream without a byte for this time is dead; also the time a peer has to read what was written */
  readonly streamSilenceMs: number;
  /** a request without an answer after this time has failed; a large one has the time of the slowest link on top */
  readonly answerMs: number;
  /** slowest link, bytes per millisecond */
  readonly bytesPerMsMin: number;
  /** first pause after a failure; doubles, with jitter */
  readonly retryMinMs: number;
  /** longest pause after failures */
  readonly retryMaxMs: number;
  /** pause of a sender whose follower has another history, or another store */
  readonly divergedRetryMs: number;
}

export const PEER_LIMITS: PeerLimits = {
  batchBytesMax: MIB,
  batchRecordsMax: 1024,
  appendBytesMax: 66 * MIB,
  appendsMax: 4,
  answersMax: 8,
  messageBytesMax: 65 * MIB,
  pageBytesMax: MIB,
  pageEntriesMax: 1024,
  windowIdsMax: 500_000,
  pendingKeysMax: 100_000,
  errorBytesMax: 16 * 1024,
  registrationBytesMax: 4096,
  membersMax: 64,
  concernWaitsMax: 4096,
  heartbeatMs: 1000,
  streamHeartbeatMs: 3000,
  streamSilenceMs: 15_000,
  answerMs: 30_000,
  bytesPerMsMin: 64,
  retryMinMs: 100,
  retryMaxMs: 5000,
  divergedRetryMs: 30_000,
};
