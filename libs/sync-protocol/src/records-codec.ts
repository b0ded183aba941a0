import type { Position, RawRecord } from '@hooklog/ordered-log';
import {
  type AppendOutcome,
  encodeRecords,
  outcomeByte,
  readHead,
  readOutcome,
  readRecords,
} from './append-codec';
import { ByteReader, CHAIN_BYTES, POSITION_BYTES, STORE_BYTES, writePosition } from './bytes';
import { PROTOCOL_VERSION } from './limits';

/** Asks for records behind a place that both sides should have; 0 records: only whether both have it. */
export interface RecordsRequest {
  /** 16 hex digits: the store that is asked */
  readonly store: string;
  readonly previous: Position;
  /** 16 bytes */
  readonly previousChain: Buffer;
  readonly recordsMax: number;
}

export interface RecordsAnswer {
  /** never `stale`; `gap`: the asked log ends before `previous` */
  readonly outcome: AppendOutcome;
  /** behind `previous`; none unless accepted */
  readonly records: readonly RawRecord[];
}

const REQUEST = 5;
const ANSWER = 6;
const REQUEST_BYTES = 1 + 1 + STORE_BYTES + POSITION_BYTES + CHAIN_BYTES + 4;

export function encodeRecordsRequest(request: RecordsRequest): Buffer {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt8(PROTOCOL_VERSION, 0);
  bytes.writeUInt8(REQUEST, 1);
  bytes.write(request.store, 2, STORE_BYTES, 'hex');
  const at = writePosition(bytes, request.previous, 2 + STORE_BYTES);
  request.previousChain.copy(bytes, at);
  bytes.writeUInt32BE(request.recordsMax, at + CHAIN_BYTES);
  return bytes;
}

/** @throws SyncError `BAD_FRAME` */
export function decodeRecordsRequest(bytes: Buffer): RecordsRequest {
  const reader = new ByteReader(bytes);
  readHead(reader, REQUEST, 'a request for records');
  const store = reader.hex(STORE_BYTES);
  const previous = reader.position();
  const previousChain = reader.take(CHAIN_BYTES);
  const recordsMax = reader.u32();
  reader.end();
  return { store, previous, previousChain, recordsMax };
}

export function encodeRecordsAnswer({ outcome, records }: RecordsAnswer): Buffer {
  const head = Buffer.from([PROTOCOL_VERSION, ANSWER, outcomeByte(outcome)]);
  return Buffer.concat([head, ...encodeRecords(records)]);
}

/**
 * Frames share the memory of the bytes.
 * @throws SyncError `BAD_FRAME`
 */
export function decodeRecordsAnswer(bytes: Buffer, request: RecordsRequest): RecordsAnswer {
  const reader = new ByteReader(bytes);
  readHead(reader, ANSWER, 'an answer with records');
  const outcome = readOutcome(reader);
  const records = readRecords(reader, request.previous, request.recordsMax);
  reader.end();
  return { outcome, records };
}
