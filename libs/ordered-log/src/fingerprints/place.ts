import type { EntryKey } from '@hooklog/object-id';
import { readU32, readU32LE, writeU32 } from '../frame/bytes';

const SECONDS_BYTES = 4;
/** Of an id, each of 4 bytes, read little-endian. */
export const ID_WORDS = 8;
const ID_BYTES = 4 * ID_WORDS;
export const KEY_BYTES = SECONDS_BYTES + ID_BYTES;

/** A place in the order of keys: seconds, then the bytes behind them as words, each read little-endian. */
export interface Place {
  readonly seconds: number;
  readonly words: Uint32Array;
}

/** Seconds of the first key and the last one of some. */
export interface Span {
  readonly oldest: number;
  readonly newest: number;
}

export function placeOf(key: EntryKey): Place {
  const words = new Uint32Array(ID_WORDS);
  return { seconds: readPlace(key, words, 0), words };
}

/** Writes the words as id number `at` of those that stand there one behind the other. Returns the seconds. */
export function readPlace(key: EntryKey, words: Uint32Array, at: number): number {
  for (let i = 0; i < ID_WORDS; i++) words[at * ID_WORDS + i] = readU32LE(key, SECONDS_BYTES + 4 * i);
  return readU32(key, 0);
}

/** Bytes that the id lacks are zeros. */
export function placeAt(seconds: number, id: Uint8Array): Place {
  const words = new Uint32Array(ID_WORDS);
  for (let i = 0; i < id.length; i++) words[i >> 2]! |= id[i]! << (8 * (i & 3));
  return { seconds, words };
}

/** Bytes of the id number `at` of those that stand here one behind the other. */
export function idFrom(words: Uint32Array, at: number): Buffer {
  return writeId(words, at, Buffer.allocUnsafe(ID_BYTES), 0);
}

/** In memory of its own: a part of Node's pool would keep all 8 KiB of it for as long as a segment has the key of its row. */
export function keyFrom(seconds: number, words: Uint32Array, at: number): EntryKey {
  const key = Buffer.alloc(KEY_BYTES);
  writeU32(key, seconds, 0);
  return writeId(words, at, key, SECONDS_BYTES) as EntryKey;
}

/** Id number `at` and another one, in the order of their bytes: the first one that differs is the lowest of its word. */
export function compareIds(words: Uint32Array, at: number, other: Uint32Array): number {
  for (let i = 0; i < ID_WORDS; i++) {
    const a = words[at * ID_WORDS + i]!;
    const b = other[i]!;
    const differing = a ^ b;
    if (differing === 0) continue;
    const shift = (31 - Math.clz32(differing & -differing)) & ~7;
    return ((a >>> shift) & 0xff) - ((b >>> shift) & 0xff);
  }
  return 0;
}

function writeId(words: Uint32Array, at: number, target: Buffer, offset: number): Buffer {
  for (let i = 0; i < ID_WORDS; i++) target.writeUInt32LE(words[at * ID_WORDS + i]!, offset + 4 * i);
  return target;
}
