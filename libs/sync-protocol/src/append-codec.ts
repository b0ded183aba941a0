import { comparePositions, type Position, type RawRecord } from '@hooklog/ordered-log';
import { ByteReader, CHAIN_BYTES, POSITION_BYTES, STORE_BYTES, writePosition, writeText } from './bytes';
import { PROTOCOL_VERSION } from './limits';

/** Who sends: the follower learns from it whom to ask. */
export interface Leader {
  readonly node: string;
  readonly url: string;
}

/** What a leader sends: probe, search, catch-up, live records and heartbeat are this one request. */
export interface AppendRequest {
  /** 16 hex digits: the store that the leader means */
  readonly store: string;
  /** 16 hex digits: the log that the leader means */
  readonly cluster: string;
  readonly epoch: number;
  readonly leader: Leader;
  readonly previous: Position;
  /** 16 bytes */
  readonly previousChain: Buffer;
  /** a majority of the members has everything up to here */
  readonly commit: Position;
  readonly records: readonly RawRecord[];
}

/**
 * - `accepted`: everything up to `verified` is durable and equal to the leader's log
 * - `gap`: `previous` is beyond the follower's tail
 * - `diverged`: another history at `previous`, or records that would replace what is committed
 * - `stale`: the follower knows of a later epoch
 * - `foreign`: the follower has another log, which did not begin as this one
 */
export type AppendOutcome = 'accepted' | 'gap' | 'diverged' | 'stale' | 'foreign';

export interface AppendAnswer {
  readonly outcome: AppendOutcome;
  /** of the last record of the follower's log */
  readonly epoch: number;
  /** the follower listens to no writer of a lower epoch */
  readonly promised: number;
  /** the follower lost something that it had up to there, and is a learner; START: it did not */
  readonly incompleteUpTo: Position;
  /** proven equal to the leader's log by this request; START unless accepted */
  readonly verified: Position;
  /** fsynced */
  readonly durable: Position;
  /** the follower's tail: the next request goes on behind it */
  readonly expect: Position;
  /** 16 bytes: the follower's chain at `expect` */
  readonly chain: Buffer;
}

const REQUEST = 1;
const ANSWER = 2;
const HEAD_BYTES = 1 + 1 + 2 * STORE_BYTES + 4 + 2 * POSITION_BYTES + CHAIN_BYTES;
const RECORD_BYTES = POSITION_BYTES + 4;
const ANSWER_BYTES = 1 + 1 + 1 + 4 + 4 + 4 * POSITION_BYTES + CHAIN_BYTES;
const OUTCOMES: readonly AppendOutcome[] = ['accepted', 'gap', 'diverged', 'stale', 'foreign'];

export function encodeAppend(request: AppendRequest): Buffer {
  return Buffer.concat([requestHead(request), ...encodeRecords(request.records)]);
}

function requestHead(request: AppendRequest): Buffer {
  const { store, cluster, epoch, leader, previous, previousChain, commit } = request;
  const names = Buffer.byteLength(leader.node) + Buffer.byteLength(leader.url);
  const head = Buffer.alloc(HEAD_BYTES + 4 + names);
  head.writeUInt8(PROTOCOL_VERSION, 0);
  head.writeUInt8(REQUEST, 1);
  head.write(store, 2, STORE_BYTES, 'hex');
  head.write(cluster, 2 + STORE_BYTES, STORE_BYTES, 'hex');
  let at = writePosition(head, previous, head.writeUInt32BE(epoch, 2 + 2 * STORE_BYTES));
  at = writePosition(head, commit, at + previousChain.copy(head, at));
  writeText(head, leader.url, writeText(head, leader.node, at));
  return head;
}

/** count u32 | count × (position | length u32 | frame) */
export function encodeRecords(records: readonly RawRecord[]): Buffer[] {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(records.length);
  const parts: Buffer[] = [count];
  for (const { position, frame } of records) {
    const head = Buffer.alloc(RECORD_BYTES);
    head.writeUInt32BE(frame.length, writePosition(head, position, 0));
    parts.push(head, frame);
  }
  return parts;
}

/**
 * Frames share the memory of the bytes.
 * @throws SyncError `BAD_FRAME`: truncated, garbage, another version, too many records, or out of order
 */
export function decodeAppend(bytes: Buffer, limits: { readonly recordsMax: number }): AppendRequest {
  const reader = new ByteReader(bytes);
  readHead(reader, REQUEST, 'an append');
  const [store, cluster] = [reader.hex(STORE_BYTES), reader.hex(STORE_BYTES)];
  const epoch = reader.u32();
  const previous = reader.position();
  const previousChain = reader.take(CHAIN_BYTES);
  const commit = reader.position();
  const leader = { node: reader.text(), url: reader.text() };
  const records = readRecords(reader, previous, limits.recordsMax);
  reader.end();
  return { store, cluster, epoch, leader, previous, previousChain, commit, records };
}

/** Records behind `previous`, in order. */
export function readRecords(reader: ByteReader, previous: Position, recordsMax: number): RawRecord[] {
  const count = reader.u32();
  if (count > recordsMax) throw reader.refuse(`${count} records, at most ${recordsMax} are allowed,`);
  const records: RawRecord[] = [];
  let before = previous;
  for (let i = 0; i < count; i++) {
    const position = reader.position();
    if (comparePositions(before, position) >= 0) throw reader.refuse('records out of order');
    records.push({ position, frame: reader.take(reader.u32()) });
    before = position;
  }
  return records;
}

export function encodeAnswer(answer: AppendAnswer): Buffer {
  const bytes = Buffer.alloc(ANSWER_BYTES);
  bytes.writeUInt8(PROTOCOL_VERSION, 0);
  bytes.writeUInt8(ANSWER, 1);
  bytes.writeUInt8(outcomeByte(answer.outcome), 2);
  let at = bytes.writeUInt32BE(answer.promised, bytes.writeUInt32BE(answer.epoch, 3));
  const { incompleteUpTo, verified, durable, expect } = answer;
  for (const position of [incompleteUpTo, verified, durable, expect]) at = writePosition(bytes, position, at);
  answer.chain.copy(bytes, at);
  return bytes;
}

/** @throws SyncError `BAD_FRAME` */
export function decodeAnswer(bytes: Buffer): AppendAnswer {
  const reader = new ByteReader(bytes);
  readHead(reader, ANSWER, 'an answer');
  const outcome = readOutcome(reader);
  const [epoch, promised] = [reader.u32(), reader.u32()];
  const incompleteUpTo = reader.position();
  const [verified, durable, expect] = [reader.position(), reader.position(), reader.position()];
  const chain = reader.take(CHAIN_BYTES);
  reader.end();
  return { outcome, epoch, promised, incompleteUpTo, verified, durable, expect, chain };
}

export function readOutcome(reader: ByteReader): AppendOutcome {
  const outcome = OUTCOMES[reader.u8()];
  if (outcome === undefined) throw reader.refuse('an unknown outcome');
  return outcome;
}

export function outcomeByte(outcome: AppendOutcome): number {
  return OUTCOMES.indexOf(outcome);
}

export function readHead(reader: ByteReader, type: number, what: string): void {
  const version = reader.u8();
  if (version !== PROTOCOL_VERSION) {
    throw reader.refuse(
      `protocol version ${version} instead of ${PROTOCOL_VERSION} (update the older node),`,
    );
  }
  if (reader.u8() !== type) throw reader.refuse(`not ${what}`);
}
