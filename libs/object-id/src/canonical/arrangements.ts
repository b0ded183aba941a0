import { WORD_BYTES, wordsOf } from './bytes';

/** How the members of an object get into order. */
export interface Arrangement {
  /** first and last member of each part, in order; members that already stand beside one another are one part */
  readonly parts: readonly number[];
  /** whether each key stands there once */
  readonly unique: boolean;
}

/** Keys without escapes, from their opening to their closing quote, in the order of the text. */
export interface KeySpans {
  readonly bytes: Buffer;
  readonly words: DataView;
  readonly starts: Uint32Array;
  readonly keyEnds: Uint32Array;
  readonly count: number;
}

interface Known {
  readonly keys: Buffer;
  readonly words: DataView;
  readonly arrangement: Arrangement;
}

const SLOTS = 1024;
/** of the FNV-1 hash */
const HASH_PRIME = 0x01000193;
/** Objects with more are arranged anew each time: what is kept ends at SLOTS times this. */
const KNOWN_KEY_BYTES_MAX = 2048;

/**
 * Arrangements by the keys they are for. Senders repeat themselves: nine of ten objects have the keys of an earlier
 * one, in the same order. A find is proved byte by byte, so that no collision can make it wrong; a slot holds the latest.
 */
export class KnownArrangements {
  private readonly slots: (Known | undefined)[];

  /** @param slots a power of two */
  constructor(slots = SLOTS) {
    this.slots = new Array<undefined>(slots).fill(undefined);
  }

  /** The arrangement of the keys from `base` on, which `arrange` makes when it is not known. */
  find(spans: KeySpans, base: number, arrange: () => Arrangement): Arrangement {
    const slot = hashOf(spans, base) & (this.slots.length - 1);
    const known = this.slots[slot];
    if (known !== undefined && isOf(known, spans, base)) return known.arrangement;
    const arrangement = arrange();
    const keys = Buffer.concat(keysOf(spans, base));
    if (keys.length <= KNOWN_KEY_BYTES_MAX) this.slots[slot] = { keys, words: wordsOf(keys), arrangement };
    return arrangement;
  }
}

/** From the length and the first bytes of each key; a word may reach past a short key, which only costs a find. */
function hashOf({ words, starts, keyEnds, count }: KeySpans, base: number): number {
  let hash = count - base;
  for (let index = base; index < count; index++) {
    const start = starts[index]!;
    hash = Math.imul(hash ^ words.getInt32(start) ^ (keyEnds[index]! - start), HASH_PRIME);
  }
  return hash ^ (hash >>> 16);
}

function keysOf({ bytes, starts, keyEnds, count }: KeySpans, base: number): Buffer[] {
  const keys: Buffer[] = [];
  for (let index = base; index < count; index++)
    keys.push(bytes.subarray(starts[index], keyEnds[index]! + 1));
  return keys;
}

/** The same bytes in all are the same keys: a quote ends each, and none has one inside. */
function isOf({ keys, words }: Known, spans: KeySpans, base: number): boolean {
  const { starts, keyEnds, count } = spans;
  let at = 0;
  for (let index = base; index < count; index++) {
    const start = starts[index]!;
    const length = keyEnds[index]! + 1 - start;
    if (at + length > keys.length || !isSame(keys, words, at, spans, start, length)) return false;
    at += length;
  }
  return at === keys.length;
}

function isSame(
  keys: Buffer,
  keyWords: DataView,
  at: number,
  { bytes, words }: KeySpans,
  start: number,
  length: number,
): boolean {
  let i = 0;
  for (; i <= length - WORD_BYTES; i += WORD_BYTES) {
    if (keyWords.getInt32(at + i) !== words.getInt32(start + i)) return false;
  }
  for (; i < length; i++) {
    if (keys[at + i] !== bytes[start + i]) return false;
  }
  return true;
}
