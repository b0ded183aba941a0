import { LOWER_E, MINUS, PLUS, POINT, ZERO } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { copy } from './copy';
import { sorting } from './memory';

/** A number free of its spelling: value = 0.digits × 10^point. No digits: zero. One is read at a time. */

/** Significant digits, neither starting nor ending with a zero; where no member is being sorted. */
export let digits: usize = 0;
export let count: usize = 0;
export let point: i32 = 0;
let negative: bool = false;

/** Longer exponents are left to the host. */
const EXPONENT_DIGITS_MAX: usize = 6;
/** As ECMAScript's Number::toString: the places of the point from which on, and up to which, there is no exponent. */
const PLAIN_POINT_MIN: i32 = -5;
const PLAIN_POINT_MAX: i32 = 21;

/**
 * Reads the literal whose parts end at `whole`, `fraction` and, with its exponent, at `end`. False: the exponent is too
 * long.
 */
export function readDecimal(start: usize, whole: usize, fraction: usize, end: usize): bool {
  negative = byteAt(start) == MINUS;
  const first = negative ? start + 1 : start;
  const wholeCount = whole - first;
  copy(sorting, first, wholeCount);
  if (fraction > whole) copy(sorting + wholeCount, whole + 1, fraction - whole - 1);
  let last = sorting + wholeCount + (fraction > whole ? fraction - whole - 1 : 0);
  digits = sorting;
  while (digits < last && byteAt(digits) == ZERO) digits++;
  while (last > digits && byteAt(last - 1) == ZERO) last--;
  count = last - digits;
  point = (wholeCount as i32) - ((digits - sorting) as i32);
  return readExponent(fraction, end);
}

function readExponent(at: usize, end: usize): bool {
  if (at == end) return true;
  at++;
  const minus = byteAt(at) == MINUS;
  if (minus || byteAt(at) == PLUS) at++;
  while (at < end && byteAt(at) == ZERO) at++;
  if (end - at > EXPONENT_DIGITS_MAX) return false;
  let exponent: i32 = 0;
  for (; at < end; at++) exponent = exponent * 10 + byteAt(at) - ZERO;
  point += minus ? -exponent : exponent;
  return true;
}

/** Writes every digit of the decimal, in the layout of ECMAScript's Number::toString; returns the bytes written. */
export function putDecimal(place: usize): usize {
  if (count == 0) {
    store<u8>(place, ZERO);
    return 1;
  }
  let to = place;
  if (negative) store<u8>(to++, MINUS);
  if (point > PLAIN_POINT_MAX || point < PLAIN_POINT_MIN) to = putScientific(to);
  else if (point <= 0) to = putBelowOne(to);
  else to = putPlain(to, point as usize);
  return to - place;
}

/** From here on all return the place after what they wrote. */
function putPlain(to: usize, whole: usize): usize {
  if (count <= whole) {
    copy(to, digits, count);
    return putZeros(to + count, whole - count);
  }
  copy(to, digits, whole);
  store<u8>(to + whole, POINT);
  copy(to + whole + 1, digits + whole, count - whole);
  return to + count + 1;
}

function putBelowOne(to: usize): usize {
  store<u8>(to, ZERO);
  store<u8>(to + 1, POINT);
  to = putZeros(to + 2, -point as usize);
  copy(to, digits, count);
  return to + count;
}

function putScientific(to: usize): usize {
  store<u8>(to++, byteAt(digits));
  if (count > 1) {
    store<u8>(to++, POINT);
    copy(to, digits + 1, count - 1);
    to += count - 1;
  }
  store<u8>(to++, LOWER_E);
  store<u8>(to++, point > 0 ? PLUS : MINUS);
  return putWhole(to, abs(point - 1));
}

function putWhole(to: usize, value: i32): usize {
  let scale = 1;
  while (value / scale >= 10) scale *= 10;
  for (; scale > 0; scale /= 10) store<u8>(to++, ZERO + ((value / scale) % 10));
  return to;
}

function putZeros(to: usize, zeros: usize): usize {
  memory.fill(to, ZERO as u8, zeros);
  return to + zeros;
}

/** The decimal's digits as a number, of which there are at most 19. */
export function digitsValue(): u64 {
  let value: u64 = 0;
  for (let at = digits; at < digits + count; at++) value = value * 10 + (byteAt(at) - ZERO);
  return value;
}

export function isNegative(): bool {
  return negative;
}
