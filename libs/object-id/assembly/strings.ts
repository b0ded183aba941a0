import { BACKSLASH, LOWER_U, QUOTE, SLASH, SPACE } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { placeOf, replace } from './spelling';

export const SHORT_BYTES: usize = 2;
/** `\uXXXX` */
export const UNIT_BYTES: usize = 6;
const NO_UNIT: u32 = 0xffff_ffff;

/** Whether the last string that `stringEnd` read has escapes. */
export let hasEscapes: bool = false;
/** Whether a lone surrogate was read. */
export let loneSurrogates: bool = false;

export function beginStrings(): void {
  loneSurrogates = false;
}

/** Whether all bytes are below 0x80; may say no because of what stands behind them. */
export function isAscii(at: usize, end: usize): bool {
  let all = v128.splat<u8>(0);
  for (; at < end; at += 64) {
    const low = v128.or(v128.load(at), v128.load(at, 16));
    all = v128.or(all, v128.or(low, v128.or(v128.load(at, 32), v128.load(at, 48))));
  }
  return !i8x16.bitmask(all);
}

/** The first byte from `at` on that does not stand for itself: a quote, a backslash or a control. */
export function plainEnd(at: usize): usize {
  const quote = i8x16.splat(<i8>QUOTE);
  const backslash = i8x16.splat(<i8>BACKSLASH);
  const control = i8x16.splat(<i8>SPACE - 1);
  while (true) {
    const chunk = v128.load(at);
    const escapes = v128.or(i8x16.eq(chunk, backslash), i8x16.le_u(chunk, control));
    const found = i8x16.bitmask(v128.or(i8x16.eq(chunk, quote), escapes));
    if (found) return at + ctz(found);
    at += 16;
  }
}

/** The place after the string whose first byte is at `at`, its escapes respelled; 0: it is none. */
export function stringEnd(at: usize): usize {
  const end = plainEnd(at);
  hasEscapes = false;
  return byteAt(end) == QUOTE ? end + 1 : escapedStringEnd(end);
}

/** As `stringEnd`, from the first byte that does not stand for itself. */
function escapedStringEnd(at: usize): usize {
  hasEscapes = true;
  while (byteAt(at) == BACKSLASH) {
    at = byteAt(at + 1) == LOWER_U ? unitEscapeEnd(at) : shortEscapeEnd(at);
    if (!at) return 0;
    at = plainEnd(at);
  }
  return byteAt(at) == QUOTE ? at + 1 : 0;
}

function shortEscapeEnd(at: usize): usize {
  const letter = byteAt(at + 1);
  if (letter == SLASH) {
    store<u8>(placeOf(at), SLASH);
    replace(at, at + SHORT_BYTES, 1);
    return at + SHORT_BYTES;
  }
  return shortMeaning(letter) ? at + SHORT_BYTES : 0;
}

/** What the letter after a backslash stands for; 0: nothing. */
export function shortMeaning(letter: u32): u32 {
  switch (letter) {
    case 0x22:
    case 0x5c:
      return letter;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return 0;
  }
}

function unitEscapeEnd(at: usize): usize {
  const unit = unitAt(at);
  if (unit == NO_UNIT) return 0;
  const next = at + UNIT_BYTES;
  if ((unit & 0xf800) != 0xd800) return respellUnit(at, unit);
  if (unit < 0xdc00 && byteAt(next) == BACKSLASH && byteAt(next + 1) == LOWER_U) {
    const low = unitAt(next);
    if (low == NO_UNIT) return 0;
    if ((low & 0xfc00) == 0xdc00) {
      const end = next + UNIT_BYTES;
      replace(at, end, putUtf8(placeOf(at), 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
      return end;
    }
  }
  loneSurrogates = true;
  return respellUnit(at, unit);
}

/** Respells an escape that is no half of a pair. */
function respellUnit(at: usize, unit: u32): usize {
  const end = at + UNIT_BYTES;
  const place = placeOf(at);
  const length = putUnit(place, unit);
  if (length < UNIT_BYTES || !isSame(place, at)) replace(at, end, length);
  return end;
}

function isSame(place: usize, at: usize): bool {
  return load<usize>(place) == load<u32>(at) && load<u16>(place + 4) == load<u16>(at + 4);
}

/** Writes the canonical spelling of a UTF-16 code unit that was escaped; returns its bytes. */
function putUnit(place: usize, unit: u32): usize {
  if ((unit & 0xf800) == 0xd800) return putEscape(place, unit);
  if (unit >= <u32>SPACE && unit != QUOTE && unit != BACKSLASH) return putUtf8(place, unit);
  const letter = shortLetter(unit);
  if (!letter) return putEscape(place, unit);
  store<u8>(place, BACKSLASH);
  store<u8>(place + 1, letter);
  return 2;
}

function shortLetter(unit: u32): u32 {
  switch (unit) {
    case 0x22:
    case 0x5c:
      return unit;
    case 0x08:
      return 0x62;
    case 0x0c:
      return 0x66;
    case 0x0a:
      return 0x6e;
    case 0x0d:
      return 0x72;
    case 0x09:
      return 0x74;
    default:
      return 0;
  }
}

function putEscape(place: usize, unit: u32): usize {
  store<u8>(place, BACKSLASH);
  store<u8>(place + 1, LOWER_U);
  for (let i: usize = 0; i < 4; i++) {
    const digit = (unit >> (12 - 4 * <u32>i)) & 0xf;
    store<u8>(place + 2 + i, digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
  return UNIT_BYTES;
}

function putUtf8(place: usize, codePoint: u32): usize {
  if (codePoint < 0x80) {
    store<u8>(place, codePoint);
    return 1;
  }
  if (codePoint < 0x800) {
    store<u8>(place, 0xc0 | (codePoint >> 6));
    store<u8>(place + 1, 0x80 | (codePoint & 0x3f));
    return 2;
  }
  if (codePoint < 0x10000) {
    store<u8>(place, 0xe0 | (codePoint >> 12));
    store<u8>(place + 1, 0x80 | ((codePoint >> 6) & 0x3f));
    store<u8>(place + 2, 0x80 | (codePoint & 0x3f));
    return 3;
  }
  store<u8>(place, 0xf0 | (codePoint >> 18));
  store<u8>(place + 1, 0x80 | ((codePoint >> 12) & 0x3f));
  store<u8>(place + 2, 0x80 | ((codePoint >> 6) & 0x3f));
  store<u8>(place + 3, 0x80 | (codePoint & 0x3f));
  return 4;
}

/** The UTF-16 code unit in a `\uXXXX` escape. */
export function unitAt(at: usize): u32 {
  let unit: u32 = 0;
  for (let i: usize = 2; i < UNIT_BYTES; i++) {
    const value = hexValue(byteAt(at + i));
    if (value > 15) return NO_UNIT;
    unit = (unit << 4) | value;
  }
  return unit;
}

/** More than 15 when it is no hex digit. */
function hexValue(byte: u32): u32 {
  const digit = byte - 0x30;
  if (digit < 10) return digit;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : NO_UNIT;
}
