import type { Position } from '@hooklog/ordered-log';
import { readHead } from './append-codec';
import { ByteReader, CHAIN_BYTES, POSITION_BYTES, STORE_BYTES, writePosition } from './bytes';
import { PROTOCOL_VERSION } from './limits';

/** A candidate asks: listen to no writer of a lower epoch, and let nobody else begin this one. */
export interface PromiseRequest {
  /** 16 hex digits: the store that is asked */
  readonly store: string;
  readonly epoch: number;
  /** 16 hex digits: the store that wants to begin the epoch */
  readonly candidate: string;
  /** only asks what the answer would be: nothing changes */
  readonly dry: boolean;
}

export interface PromiseAnswer {
  readonly granted: boolean;
  /** the asked store lost something and has no vote */
  readonly incomplete: boolean;
  /** the asked store listens to no writer of a lower epoch */
  readonly promised: number;
  /** of the last record of its log */
  readonly epoch: number;
  /** end of its log */
  readonly position: Position;
  /** 16 bytes: its chain there */
  readonly chain: Buffer;
}

const REQUEST = 3;
const ANSWER = 4;
const DRY = 1;
const GRANTED = 1;
const INCOMPLETE = 2;
const REQUEST_BYTES = 1 + 1 + STORE_BYTES + 4 + STORE_BYTES + 1;
const ANSWER_BYTES = 1 + 1 + 1 + 4 + 4 + POSITION_BYTES + CHAIN_BYTES;

export function encodePromiseRequest({ store, epoch, candidate, dry }: PromiseRequest): Buffer {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt8(PROTOCOL_VERSION, 0);
  bytes.writeUInt8(REQUEST, 1);
  bytes.write(store, 2, STORE_BYTES, 'hex');
  const at = bytes.writeUInt32BE(epoch, 2 + STORE_BYTES);
  bytes.write(candidate, at, STORE_BYTES, 'hex');
  bytes.writeUInt8(dry ? DRY : 0, at + STORE_BYTES);
  return bytes;
}

/** @throws SyncError `BAD_FRAME` */
export function decodePromiseRequest(bytes: Buffer): PromiseRequest {
  const reader = new ByteReader(bytes);
  readHead(reader, REQUEST, 'a request for a promise');
  const store = reader.hex(STORE_BYTES);
  const epoch = reader.u32();
  const candidate = reader.hex(STORE_BYTES);
  const dry = reader.flags(DRY) === DRY;
  reader.end();
  return { store, epoch, candidate, dry };
}

export function encodePromiseAnswer(answer: PromiseAnswer): Buffer {
  const bytes = Buffer.alloc(ANSWER_BYTES);
  bytes.writeUInt8(PROTOCOL_VERSION, 0);
  bytes.writeUInt8(ANSWER, 1);
  bytes.writeUInt8((answer.granted ? GRANTED : 0) | (answer.incomplete ? INCOMPLETE : 0), 2);
  const at = bytes.writeUInt32BE(answer.epoch, bytes.writeUInt32BE(answer.promised, 3));
  answer.chain.copy(bytes, writePosition(bytes, answer.position, at));
  return bytes;
}

/** @throws SyncError `BAD_FRAME` */
export function decodePromiseAnswer(bytes: Buffer): PromiseAnswer {
  const reader = new ByteReader(bytes);
  readHead(reader, ANSWER, 'an answer about a promise');
  const flags = reader.flags(GRANTED | INCOMPLETE);
  const [promised, epoch] = [reader.u32(), reader.u32()];
  const position = reader.position();
  const chain = reader.take(CHAIN_BYTES);
  reader.end();
  const [granted, incomplete] = [(flags & GRANTED) !== 0, (flags & INCOMPLETE) !== 0];
  return { granted, incomplete, promised, epoch, position, chain };
}
