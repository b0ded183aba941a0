import { BACKSLASH, LOWER_CASE, LOWER_U, ZERO } from './bytes';

/** Two-byte escapes: the letter after the backslash, and what it stands for. */
const SHORT: readonly (readonly [letter: string, text: string])[] = [
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
];
const SHORT_BYTES = 2;
/** `\uXXXX` */
export const UNIT_BYTES = 6;
const NOT_SHORT = 0;

/** By the byte after the backslash: what it stands for, or NOT_SHORT. */
const SHORT_MEANINGS = new Uint8Array(256);
for (const [letter, text] of SHORT) SHORT_MEANINGS[letter.charCodeAt(0)] = text.charCodeAt(0);

/** By code point: the canonical spelling of what may not stand in a string as itself. */
const SPELLINGS: (string | undefined)[] = Array.from({ length: 0x20 }, (_, code) => unitEscape(code));
for (const [letter, text] of SHORT) {
  if (letter !== '/') SPELLINGS[text.charCodeAt(0)] = '\\' + letter;
}

export function isShortEscape(letter: number): boolean {
  return letter >= 0 && SHORT_MEANINGS[letter] !== NOT_SHORT;
}

/** Value of a hex digit, or -1. */
export function hexValue(byte: number): number {
  const digit = byte - ZERO;
  if (digit >= 0 && digit <= 9) return digit;
  const letter = (byte | LOWER_CASE) - 0x61;
  return letter >= 0 && letter <= 5 ? letter + 10 : -1;
}

export function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}

/** The code point of the valid escape at `at`: a surrogate pair is one, a lone surrogate is itself. */
export function escapedCodePoint(bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1]!;
  if (letter !== LOWER_U) return SHORT_MEANINGS[letter]!;
  const unit = unitAt(bytes, at);
  const next = at + UNIT_BYTES;
  if (!isHighSurrogate(unit) || bytes[next] !== BACKSLASH || bytes[next + 1] !== LOWER_U) return unit;
  const low = unitAt(bytes, next);
  return isLowSurrogate(low) ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : unit;
}

/** Bytes of the escape at `at`, which stands for `codePoint`. */
export function escapeBytes(bytes: Uint8Array, at: number, codePoint: number): number {
  if (bytes[at + 1] !== LOWER_U) return SHORT_BYTES;
  return codePoint > 0xffff ? 2 * UNIT_BYTES : UNIT_BYTES;
}

/** How a character that was escaped is spelled canonically; undefined: as itself. */
export function canonicalEscape(codePoint: number): string | undefined {
  if (codePoint < SPELLINGS.length) return SPELLINGS[codePoint];
  return isSurrogate(codePoint) ? unitEscape(codePoint) : undefined;
}

/** The UTF-16 code unit in the four digits of a `\uXXXX` escape. */
function unitAt(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at + 2; i < at + UNIT_BYTES; i++) unit = (unit << 4) | hexValue(bytes[i]!);
  return unit;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function unitEscape(unit: number): string {
  return '\\u' + unit.toString(16).padStart(4, '0');
}
