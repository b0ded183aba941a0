import { LOWER_CASE, LOWER_E, MINUS, PLUS, POINT, ZERO } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { count, digitsValue, isNegative, point, putDecimal, readDecimal } from './decimal';
import { DECIMAL_PLACES_MAX, nearestDouble } from './double';
import { putDouble, putNumber } from './host';
import { placeOf, replace } from './spelling';

/** Within these a number is its own canonical form, and no arithmetic is needed to know it. */
const PLAIN_INTEGER_DIGITS_MAX: usize = 21;
const PLAIN_FRACTION_DIGITS_MAX: usize = 15;
const PLAIN_FRACTION_ZEROS_MAX: usize = 5;

/** So many digits are the shortest text of their double, where doubles have all their bits. */
const EXACT_DIGITS_MAX: usize = 15;
const EXACT_POINT_MAX: i32 = 290;
/** More digits than a double can tell apart are never rounded, nor is what lies above 2^53 − 1, which has 16. */
const ROUNDED_DIGITS_MAX: usize = 17;
const SAFE_POINT: i32 = 16;

/** The place after a number, which is respelled where it must be; 0: it is none. */
export function numberEnd(start: usize): usize {
  const first = byteAt(start) == MINUS ? start + 1 : start;
  const whole = digitsEnd(first);
  if (whole == first || (byteAt(first) == ZERO && whole > first + 1)) return 0;
  const next = byteAt(whole);
  if (next != POINT && (next | LOWER_CASE) != LOWER_E) {
    return isPlainInteger(start, first, whole) ? whole : respelled(start, whole, whole, whole);
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
    return isPlainFraction(first, whole, fraction) ? fraction : respelled(start, whole, fraction, fraction);
  }
  const sign = byteAt(fraction + 1);
  const power = sign == PLUS || sign == MINUS ? fraction + 2 : fraction + 1;
  const end = digitsEnd(power);
  return end > power ? respelled(start, whole, fraction, end) : 0;
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

function respelled(start: usize, whole: usize, fraction: usize, end: usize): usize {
  const place = placeOf(start);
  const length = readDecimal(start, whole, fraction, end)
    ? putText(start, end, place)
    : putNumber(start, end, place);
  if (length != end - start || memory.compare(place, start, length) != 0) replace(start, end, length);
  return end;
}

/** Writes the canonical text of the decimal that was read, exactly or as its nearest double has it. */
function putText(start: usize, end: usize, place: usize): usize {
  const isExact =
    count <= EXACT_DIGITS_MAX
      ? abs(point) <= EXACT_POINT_MAX
      : count > ROUNDED_DIGITS_MAX || point > SAFE_POINT;
  if (isExact || count == 0) return putDecimal(place);
  const places = (count as i32) - point;
  if (point >= SAFE_POINT || places > DECIMAL_PLACES_MAX) return putNumber(start, end, place);
  const double = nearestDouble(digitsValue(), places);
  return putDouble(isNegative() ? -double : double, place);
}

function digitsEnd(at: usize): usize {
  while (true) {
    const values = i8x16.sub(v128.load(at), i8x16.splat(<i8>ZERO));
    const others = i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9)));
    if (others) return at + ctz(others);
    at += 16;
  }
}
