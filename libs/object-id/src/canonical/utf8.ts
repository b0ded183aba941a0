/** By the length of a sequence: the bits that its first byte has besides those of the code point. */
const LEADS = [0, 0, 0xc0, 0xe0, 0xf0];

/**
 * Bytes before the first one that starts no well-formed sequence (Unicode 15, table 3-7), or -1.
 * Slow beside `isUtf8`: for saying where, once that has said no.
 */
export function invalidUtf8At(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (!isSecond(lead, bytes[at + 1])) return 0;
  for (let i = 2; i < length; i++) {
    if (!isContinuation(bytes[at + i])) return 0;
  }
  return length;
}

/** The second byte is where overlong forms, surrogates and what lies above U+10FFFF show. */
function isSecond(lead: number, byte: number | undefined): boolean {
  if (!isContinuation(byte)) return false;
  if (lead === 0xe0) return byte >= 0xa0;
  if (lead === 0xed) return byte < 0xa0;
  if (lead === 0xf0) return byte >= 0x90;
  if (lead === 0xf4) return byte < 0x90;
  return true;
}

function isContinuation(byte: number | undefined): byte is number {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Writes a code point that is no surrogate; returns the place after it. */
export function writeUtf8(out: Uint8Array, codePoint: number, at: number): number {
  if (codePoint < 0x80) {
    out[at] = codePoint;
    return at + 1;
  }
  const length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  for (let i = at + length - 1; i > at; i--) {
    out[i] = 0x80 | (codePoint & 0x3f);
    codePoint >>= 6;
  }
  out[at] = LEADS[length]! | codePoint;
  return at + length;
}
