import { LOWER_CASE, LOWER_E, MINUS, PLUS, POINT, ZERO } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { putNumber } from './host';
import { placeOf, replace } from './spelling';

/** Within these a number is its own canonical form, and no arithmetic is needed to know it. */
const PLAIN_INTEGER_DIGITS_MAX: usize = 21;
const PLAIN_FRACTION_DIGITS_MAX: usize = 15;
const PLAIN_FRACTION_ZEROS_MAX: usize = 5;

/** The place after a number, which is respelled where it must be; 0: it is none. */
export function numberEnd(start: usize): usize {
  const first = byteAt(start) == MINUS ? start + 1 : start;
  const whole = digitsEnd(first);
  if (whole == first || (byteAt(first) == ZERO && whole > first + 1)) return 0;
  const next = byteAt(whole);
  if (next != POINT && (next | LOWER_CASE) != LOWER_E) {
    return isPlainInteger(start, first, whole) ? whole : respelled(start, whole);
  }
  return fractionEnd(start, first, whole);
}

function fractionEnd(start: usize, first: usize, whole: usize): usize {
  let fraction = whole;
  if (byteAt(whole) == POINT) {
    fraction = digitsEnd(whole + 1);
    if (fraction == whole + 1) return 0;
  }
  if ((byteAt(fraction) | LOWER_CASE) != LOWER_E) {
    return isPlainFraction(first, whole, fraction) ? fraction : respelled(start, fraction);
  }
  const sign = byteAt(fraction + 1);
  const power = sign == PLUS || sign == MINUS ? fraction + 2 : fraction + 1;
  const end = digitsEnd(power);
  return end > power ? respelled(start, end) : 0;
}

function isPlainInteger(start: usize, first: usize, end: usize): bool {
  return end - first <= PLAIN_INTEGER_DIGITS_MAX && (first == start || byteAt(first) != ZERO);
}

/** `false` does not say that it changes. */
function isPlainFraction(first: usize, whole: usize, end: usize): bool {
  if (end - first - 1 > PLAIN_FRACTION_DIGITS_MAX || byteAt(end - 1) == ZERO) return false;
  if (byteAt(first) != ZERO) return true;
  let zeros = whole + 1;
  while (byteAt(zeros) == ZERO) zeros++;
  return zeros - whole - 1 <= PLAIN_FRACTION_ZEROS_MAX;
}

function respelled(start: usize, end: usize): usize {
  const length = putNumber(start, end, placeOf(start));
  if (length) replace(start, end, length);
  return end;
}

function digitsEnd(at: usize): usize {
  while (true) {
    const values = i8x16.sub(v128.load(at), i8x16.splat(<i8>ZERO));
    const others = i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9)));
    if (others) return at + ctz(others);
    at += 16;
  }
}
