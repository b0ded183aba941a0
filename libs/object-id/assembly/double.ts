/** The nearest double of a decimal, by whole numbers only. */

/** of a double, the leading one included */
const SIGNIFICANT_BITS: u32 = 53;
const EXPONENT_BIAS: i32 = 1023;
const FRACTION_BITS: i32 = 52;
/** 10^19 is the last power of ten below 2^64. */
export const DECIMAL_PLACES_MAX: i32 = 19;

/** What the last division left over. */
let remainder: u64 = 0;

/** The double nearest to value ÷ 10^places, ties to even; value from 10^15 to 2^62, 1 to DECIMAL_PLACES_MAX places. */
export function nearestDouble(value: u64, places: i32): f64 {
  let divisor: u64 = 1;
  for (let i = 0; i < places; i++) divisor *= 10;
  const valueShift = clz(value) - 1;
  const divisorShift = clz(divisor);
  const quotient = divided(value << valueShift, divisor << divisorShift);
  const dropped = 64 - clz(quotient) - SIGNIFICANT_BITS;
  const half = (1 as u64) << (dropped - 1);
  const rest = quotient & ((half << 1) - 1);
  let significand = quotient >> dropped;
  if (rest > half || (rest == half && (remainder > 0 || (significand & 1) == 1))) significand++;
  const exponent = (dropped as i32) - 64 + (divisorShift as i32) - (valueShift as i32);
  return (significand as f64) * reinterpret<f64>(((EXPONENT_BIAS + exponent) as u64) << FRACTION_BITS);
}

/** a × 2^64 ÷ b, rounded down, for a < b and b from 2^63 on: Knuth's algorithm D with digits of 32 bits. */
function divided(a: u64, b: u64): u64 {
  const high = quotientDigit(a, b);
  const between = (a << 32) - high * b;
  const low = quotientDigit(between, b);
  remainder = (between << 32) - low * b;
  return (high << 32) + low;
}

/** The next digit of a × 2^32 ÷ b: a guess by the high half of b, which is at most 2 too large. */
function quotientDigit(a: u64, b: u64): u64 {
  const high = b >> 32;
  const low = b & 0xffff_ffff;
  let digit = a / high;
  let rest = a % high;
  while (digit >> 32 != 0 || digit * low > rest << 32) {
    digit--;
    rest += high;
    if (rest >> 32 != 0) break;
  }
  return digit;
}
