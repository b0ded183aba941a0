import { readHead } from './append-codec';
import { ByteReader, STORE_BYTES, writeU64 } from './bytes';
import { PROTOCOL_VERSION, U32_MAX } from './limits';
import type { Missing } from './reconcile/findings';
import { ID_BYTES } from './reconcile/limits';

/**
 * Asks for entries that a comparison found missing. The answer is a stream of messages: an `entry` for each, and
 * `end`. What the asked node has no longer, or has damaged, is not in it.
 */
export interface EntriesRequest {
  /** 16 hex digits: the store that is asked */
  readonly store: string;
  /** unix seconds: also every pending entry that was received before; 0: none */
  readonly pendingBefore: number;
  /** in any order: all entries with such an id and a second of [from, to] */
  readonly missing: readonly Missing[];
}

const REQUEST = 9;
const HEAD_BYTES = 1 + 1 + STORE_BYTES + 8 + 4;
const MISSING_BYTES = 4 + 4 + ID_BYTES;

/** Seconds beyond a u32 are written as the last one: no entry has them. */
export function encodeEntriesRequest({ store, pendingBefore, missing }: EntriesRequest): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + missing.length * MISSING_BYTES);
  bytes.writeUInt8(PROTOCOL_VERSION, 0);
  bytes.writeUInt8(REQUEST, 1);
  bytes.write(store, 2, STORE_BYTES, 'hex');
  let at = bytes.writeUInt32BE(missing.length, writeU64(bytes, pendingBefore, 2 + STORE_BYTES));
  for (const { id, from, to } of missing) {
    for (const second of [from, to]) at = bytes.writeUInt32BE(Math.min(second, U32_MAX), at);
    at += id.copy(bytes, at);
  }
  return bytes;
}

/**
 * Ids share the memory of the bytes.
 * @throws SyncError `BAD_FRAME`: truncated, garbage, another version, or more ids than are allowed
 */
export function decodeEntriesRequest(bytes: Buffer, limits: { readonly missingMax: number }): EntriesRequest {
  const reader = new ByteReader(bytes);
  readHead(reader, REQUEST, 'a request for entries');
  const store = reader.hex(STORE_BYTES);
  const pendingBefore = reader.u64();
  const missing = readMissing(reader, limits.missingMax);
  reader.end();
  return { store, pendingBefore, missing };
}

function readMissing(reader: ByteReader, missingMax: number): Missing[] {
  const count = reader.u32();
  if (count > missingMax) throw reader.refuse(`${count} ids, at most ${missingMax} are allowed,`);
  if (count * MISSING_BYTES > reader.left) throw reader.refuse(`${count} ids in ${reader.left} bytes`);
  return Array.from({ length: count }, () => {
    const [from, to] = [reader.u32(), reader.u32()];
    if (from > to) throw reader.refuse('seconds that end before they begin');
    return { id: reader.take(ID_BYTES), from, to };
  });
}
