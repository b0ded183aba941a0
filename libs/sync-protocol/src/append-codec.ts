import { comparePositions, type Position, type RawRecord } from '@hooklog/ordered-log';
import { ByteReader, writePosition } from './byte-reader';
import { PROTOCOL_VERSION } from './limits';

/** What a leader sends: probe, catch-up, live records and heartbeat are this one request. */
export interface AppendRequest {
  /** 16 hex digits: the store that the leader means */
  readonly store: string;
  readonly epoch: number;
  readonly previous: Position;
  /** 16 bytes */
  readonly previousChain: Buffer;
  readonly records: readonly RawRecord[];
}

/**
 * - `accepted`: everything up to `verified` is durable and equal to the leader's log
 * - `gap`: `previous` is beyond the follower's tail
 * - `diverged`: another history at `previous`
 * - `stale`: the follower knows a later epoch
 */
export type AppendOutcome = 'accepted' | 'gap' | 'diverged' | 'stale';

export interface AppendAnswer {
  readonly outcome: AppendOutcome;
  /** the follower's epoch */
  readonly epoch: number;
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
const STORE_BYTES = 8;
const CHAIN_BYTES = 16;
const POSITION_BYTES = 12;
const REQUEST_BYTES = 1 + 1 + STORE_BYTES + 4 + POSITION_BYTES + CHAIN_BYTES + 4;
const RECORD_BYTES = POSITION_BYTES + 4;
const ANSWER_BYTES = 1 + 1 + 1 + 4 + 3 * POSITION_BYTES + CHAIN_BYTES;
const OUTCOMES: readonly AppendOutcome[] = ['accepted', 'gap', 'diverged', 'stale'];

export function encodeAppend(request: AppendRequest): Buffer {
  const parts = [requestHead(request)];
  for (const { position, frame } of request.records) {
    const head = Buffer.alloc(RECORD_BYTES);
    head.writeUInt32BE(frame.length, writePosition(head, position, 0));
    parts.push(head, frame);
  }
  return Buffer.concat(parts);
}

function requestHead({ store, epoch, previous, previousChain, records }: AppendRequest): Buffer {
  const head = Buffer.alloc(REQUEST_BYTES);
  head.writeUInt8(PROTOCOL_VERSION, 0);
  head.writeUInt8(REQUEST, 1);
  head.write(store, 2, STORE_BYTES, 'hex');
  const at = writePosition(head, previous, head.writeUInt32BE(epoch, 2 + STORE_BYTES));
  previousChain.copy(head, at);
  head.writeUInt32BE(records.length, at + CHAIN_BYTES);
  return head;
}

/**
 * Frames share the memory of the bytes.
 * @throws SyncError `BAD_FRAME`: truncated, garbage, another version, too many records, or out of order
 */
export function decodeAppend(bytes: Buffer, limits: { readonly recordsMax: number }): AppendRequest {
  const reader = new ByteReader(bytes);
  readHead(reader, REQUEST, 'an append');
  const store = reader.take(STORE_BYTES).toString('hex');
  const epoch = reader.u32();
  const previous = reader.position();
  const previousChain = reader.take(CHAIN_BYTES);
  const records = readRecords(reader, previous, limits.recordsMax);
  reader.end();
  return { store, epoch, previous, previousChain, records };
}

function readRecords(reader: ByteReader, previous: Position, recordsMax: number): RawRecord[] {
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
  bytes.writeUInt8(OUTCOMES.indexOf(answer.outcome), 2);
  let at = bytes.writeUInt32BE(answer.epoch, 3);
  for (const position of [answer.verified, answer.durable, answer.expect])
    at = writePosition(bytes, position, at);
  answer.chain.copy(bytes, at);
  return bytes;
}

/** @throws SyncError `BAD_FRAME` */
export function decodeAnswer(bytes: Buffer): AppendAnswer {
  const reader = new ByteReader(bytes);
  readHead(reader, ANSWER, 'an answer');
  const outcome = OUTCOMES[reader.u8()];
  if (outcome === undefined) throw reader.refuse('an unknown outcome');
  const epoch = reader.u32();
  const [verified, durable, expect] = [reader.position(), reader.position(), reader.position()];
  const chain = reader.take(CHAIN_BYTES);
  reader.end();
  return { outcome, epoch, verified, durable, expect, chain };
}

function readHead(reader: ByteReader, type: number, what: string): void {
  const version = reader.u8();
  if (version !== PROTOCOL_VERSION) {
    throw reader.refuse(
      `protocol version ${version} instead of ${PROTOCOL_VERSION} (update the older node),`,
    );
  }
  if (reader.u8() !== type) throw reader.refuse(`not ${what}`);
}
