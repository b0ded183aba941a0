import { BACKSLASH } from './bytes';
import { escapeBytes, escapedCodePoint } from './escape';

/**
 * Rank of a UTF-8 byte in the order of UTF-16 code units. The two orders differ in one place: four-byte sequences
 * (leads F0–F4) are surrogate pairs, which sort before U+E000–U+FFFF (leads EE and EF).
 */
const RANK = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0xee || byte === 0xef) return byte + 5;
  return byte >= 0xf0 && byte <= 0xf4 ? byte - 2 : byte;
});

/** Order of two keys without escapes by their UTF-16 code units, read from UTF-8. */
export function compareKeyBytes(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const common = a + Math.min(aEnd - a, bEnd - b);
  const shift = b - a;
  let at = a;
  while (at < common && bytes[at] === bytes[at + shift]) at++;
  return at === common ? aEnd - a - (bEnd - b) : RANK[bytes[at]!]! - RANK[bytes[at + shift]!]!;
}

/** What a key with escapes means, as a string whose own order is that of UTF-16 code units. */
export function keyText(key: Buffer): string {
  let text = '';
  let at = 0;
  for (let escape = key.indexOf(BACKSLASH); escape >= 0; escape = key.indexOf(BACKSLASH, at)) {
    const codePoint = escapedCodePoint(key, escape);
    text += key.toString('utf8', at, escape) + String.fromCodePoint(codePoint);
    at = escape + escapeBytes(key, escape, codePoint);
  }
  return text + key.toString('utf8', at);
}

/** The numbers 0 … count − 1 in the order of `compare`, equals as they came. */
export function stableOrder(count: number, compare: (a: number, b: number) => number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, member) => member).sort(compare);
}
