import { readHead } from './append-codec';
import { ByteReader, STORE_BYTES, writeU64 } from './bytes';
import { PROTOCOL_VERSION } from './limits';
import type { Window } from './reconcile/item-set';

/** In the place of a store: whichever one the node has. For tools, which know an address and no store. */
export const ANY_STORE = '00'.repeat(STORE_BYTES);

/** What a node that compares says to the one that it compares with. */
export interface ReconcileRequest {
  /** 16 hex digits: the store that is asked; or ANY_STORE */
  readonly store: string;
  /** unix seconds: what both sides compare, the same in all requests of a session */
  readonly window: Window;
  /** of the reconciler; empty in the opening, which asks for the other fields of the answer, and compares nothing */
  readonly message: Buffer;
}

export interface ReconcileAnswer {
  /** ms since the epoch: now, where this was written */
  readonly clock: number;
  /** unix seconds: nothing is kept there from before; 0: everything is */
  readonly floor: number;
  /** how many entries wait there for the master's decision */
  readonly pending: number;
  /** empty in the answer to an opening */
  readonly message: Buffer;
}

const REQUEST = 7;
const ANSWER = 8;
const REQUEST_HEAD_BYTES = 1 + 1 + STORE_BYTES + 2 * 8;
const ANSWER_HEAD_BYTES = 1 + 1 + 3 * 8;

/** @param request a window of whole seconds: one without an end cannot be written */
export function encodeReconcileRequest({ store, window, message }: ReconcileRequest): Buffer {
  const head = Buffer.alloc(REQUEST_HEAD_BYTES);
  head.writeUInt8(PROTOCOL_VERSION, 0);
  head.writeUInt8(REQUEST, 1);
  head.write(store, 2, STORE_BYTES, 'hex');
  writeU64(head, window.to, writeU64(head, window.from, 2 + STORE_BYTES));
  return Buffer.concat([head, message]);
}

/**
 * The message shares the memory of the bytes; the reconciler reads and bounds it.
 * @throws SyncError `BAD_FRAME`
 */
export function decodeReconcileRequest(bytes: Buffer): ReconcileRequest {
  const reader = new ByteReader(bytes);
  readHead(reader, REQUEST, 'a request to reconcile');
  const store = reader.hex(STORE_BYTES);
  const window = { from: reader.u64(), to: reader.u64() };
  if (window.from > window.to) throw reader.refuse('a window that ends before it begins');
  return { store, window, message: reader.rest() };
}

export function encodeReconcileAnswer({ clock, floor, pending, message }: ReconcileAnswer): Buffer {
  const head = Buffer.alloc(ANSWER_HEAD_BYTES);
  head.writeUInt8(PROTOCOL_VERSION, 0);
  head.writeUInt8(ANSWER, 1);
  let at = 2;
  for (const value of [clock, floor, pending]) at = writeU64(head, value, at);
  return Buffer.concat([head, message]);
}

/**
 * The message shares the memory of the bytes.
 * @throws SyncError `BAD_FRAME`
 */
export function decodeReconcileAnswer(bytes: Buffer): ReconcileAnswer {
  const reader = new ByteReader(bytes);
  readHead(reader, ANSWER, 'an answer of a reconciliation');
  const [clock, floor, pending] = [reader.u64(), reader.u64(), reader.u64()];
  return { clock, floor, pending, message: reader.rest() };
}
