import { BACKSLASH, LOWER_U, QUOTE } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { SHORT_BYTES, shortMeaning, UNIT_BYTES, unitAt } from './strings';

/** Order of keys by UTF-16 code units, as RFC 8785 has it. A key is named by the address of its first byte. */

/** Below the rank of every byte. */
const END_RANK: i32 = 0;
/** Below every code unit. */
const END_UNIT: i32 = -1;

/** Compares keys without escapes. Their quotes end them, as there is none inside. */
export function comparePlainKeys(a: usize, b: usize): i32 {
  while (true) {
    const chunk = v128.load(a);
    const different = i8x16.bitmask(i8x16.ne(chunk, v128.load(b)));
    const quotes = i8x16.bitmask(i8x16.eq(chunk, i8x16.splat(<i8>QUOTE)));
    if (different) {
      const at = ctz(different);
      if (quotes && <i32>ctz(quotes) < at) return 0;
      return rank(byteAt(a + at)) - rank(byteAt(b + at));
    }
    if (quotes) return 0;
    a += 16;
    b += 16;
  }
}

/** The first 8 bytes of a key without escapes, by rank: a smaller number is a smaller key. */
export function plainKeyStart(key: usize): u64 {
  let start: u64 = 0;
  let byte: i32 = 0;
  for (let i: usize = 0; i < 8; i++) {
    if (byte != QUOTE) byte = byteAt(key + i);
    start = (start << 8) | (rank(byte) as u64);
  }
  return start;
}

/** As `plainKeyStart`, of a key with escapes: its first 4 code units. What ends it counts as the least of them. */
export function escapedKeyStart(key: usize): u64 {
  let start: u64 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const unit = unitOf(key);
    start <<= 16;
    if (unit == END_UNIT) continue;
    start |= unit;
    key += unitBytes(key);
  }
  return start;
}

/**
 * Rank of a UTF-8 byte in the order of UTF-16 code units. The two orders differ in one place: four-byte sequences
 * (leads F0–F4) are surrogate pairs, which sort before U+E000–U+FFFF (leads EE and EF).
 */
function rank(byte: i32): i32 {
  if (byte == QUOTE) return END_RANK;
  if (byte < 0xee) return byte;
  return byte < 0xf0 ? byte + 5 : byte - 2;
}

/** Compares keys of which some have escapes, in their canonical spelling. */
export function compareEscapedKeys(a: usize, b: usize): i32 {
  while (true) {
    const unit = unitOf(a);
    const difference = unit - unitOf(b);
    if (difference || unit == END_UNIT) return difference;
    a += unitBytes(a);
    b += unitBytes(b);
  }
}

/**
 * The UTF-16 code unit that stands at `at`, or END_UNIT. In a four-byte sequence the high surrogate stands at the first
 * byte and the low one at the second.
 */
function unitOf(at: usize): i32 {
  const byte = byteAt(at);
  if (byte < 0x80) {
    if (byte == QUOTE) return END_UNIT;
    if (byte != BACKSLASH) return byte;
    const letter = byteAt(at + 1);
    return letter == LOWER_U ? unitAt(at) : shortMeaning(letter);
  }
  if (byte < 0xc0) return 0xdc00 | ((bits(at + 1) & 0x0f) << 6) | bits(at + 2);
  if (byte < 0xe0) return ((byte & 0x1f) << 6) | bits(at + 1);
  if (byte < 0xf0) return ((byte & 0x0f) << 12) | (bits(at + 1) << 6) | bits(at + 2);
  return 0xd7c0 + (((byte & 0x07) << 8) | (bits(at + 1) << 2) | (bits(at + 2) >> 4));
}

/** What a continuation byte adds to its code point. */
function bits(at: usize): i32 {
  return byteAt(at) & 0x3f;
}

function unitBytes(at: usize): usize {
  const byte = byteAt(at);
  if (byte == BACKSLASH) return byteAt(at + 1) == LOWER_U ? UNIT_BYTES : SHORT_BYTES;
  if (byte < 0x80 || byte >= 0xf0) return 1;
  return byte < 0xc0 || byte >= 0xe0 ? 3 : 2;
}
