import { ZERO } from './bytes';

/** A number free of its spelling: value = 0.digits × 10^point. No digits: zero. */
interface Decimal {
  readonly negative: boolean;
  /** significant digits, neither starting nor ending with a zero */
  readonly digits: string;
  /** the written exponent, 'e' left out; megabytes long if the sender likes */
  readonly exponent: string;
  /** point = exponent + shift */
  readonly shift: number;
}

/** More digits than a double can tell apart are never rounded. */
const ROUNDED_DIGITS_MAX = 17;
/** 2^53 − 1, and the place of its decimal point */
const SAFE_DIGITS = '9007199254740991';
const SAFE_POINT = SAFE_DIGITS.length;
/** Below 10^-400 the nearest double is zero whatever the digits. */
const DOUBLE_POINT_MIN = -400;
/** Exponents up to here are added as numbers, exactly; longer ones as text. */
const EXACT_EXPONENT_MAX = 1e15;
const TAIL_DIGITS = 15;

/** The canonical text of a valid JSON number literal. Linear in its length. */
export function canonicalNumber(literal: string): string {
  const decimal = decompose(literal);
  if (decimal.digits === '') return '0';
  const sign = decimal.negative ? '-' : '';
  const point = Number(decimal.exponent) + decimal.shift;
  return sign + (roundedText(decimal.digits, point) ?? exactText(decimal, point));
}

function decompose(literal: string): Decimal {
  const negative = literal.startsWith('-');
  const power = Math.max(literal.indexOf('e'), literal.indexOf('E'));
  const mantissa = literal.slice(negative ? 1 : 0, power < 0 ? undefined : power);
  const exponent = power < 0 ? '0' : literal.slice(power + 1);
  const dot = mantissa.indexOf('.');
  const whole = dot < 0 ? mantissa : mantissa.slice(0, dot);
  const all = dot < 0 ? whole : whole + mantissa.slice(dot + 1);
  const first = zerosBefore(all);
  const last = all.length - zerosAfter(all, first);
  return { negative, digits: all.slice(first, last), exponent, shift: whole.length - first };
}

/** Rule 1, where RFC 8785 loses nothing that a double can hold: ECMAScript's text of the nearest double. */
function roundedText(digits: string, point: number): string | undefined {
  if (digits.length > ROUNDED_DIGITS_MAX || point < DOUBLE_POINT_MIN || !isSafe(digits, point))
    return undefined;
  const double = Number(`${digits}e${point - digits.length}`);
  return double === 0 ? undefined : String(double);
}

/** |value| ≤ 2^53 − 1; digits of one point compare as text. */
function isSafe(digits: string, point: number): boolean {
  return point < SAFE_POINT || (point === SAFE_POINT && digits <= SAFE_DIGITS);
}

/** Rule 2: every digit as written, in the layout of ECMAScript's Number::toString. */
function exactText(decimal: Decimal, point: number): string {
  const { digits } = decimal;
  if (point > 21 || point <= -6) return scientificText(decimal, point);
  if (point <= 0) return '0.' + '0'.repeat(-point) + digits;
  if (digits.length <= point) return digits + '0'.repeat(point - digits.length);
  return digits.slice(0, point) + '.' + digits.slice(point);
}

function scientificText({ digits, exponent, shift }: Decimal, point: number): string {
  const fraction = digits.length === 1 ? '' : '.' + digits.slice(1);
  const power =
    Math.abs(point) < EXACT_EXPONENT_MAX ? String(Math.abs(point - 1)) : longPower(exponent, shift - 1);
  return digits.charAt(0) + fraction + (point > 0 ? 'e+' : 'e-') + power;
}

/** The magnitude of exponent + delta. The exponent dwarfs every delta, so its sign stays. */
function longPower(exponent: string, delta: number): string {
  const negative = exponent.startsWith('-');
  const magnitude = withoutLeadingZeros(exponent.slice(/^[+-]/.test(exponent) ? 1 : 0));
  const head = magnitude.slice(0, -TAIL_DIGITS);
  const tail = Number(magnitude.slice(-TAIL_DIGITS)) + (negative ? -delta : delta);
  const carry = Math.floor(tail / 10 ** TAIL_DIGITS);
  const rest = String(tail - carry * 10 ** TAIL_DIGITS).padStart(TAIL_DIGITS, '0');
  return withoutLeadingZeros(stepped(head, carry) + rest);
}

/** Decimal text plus -1, 0 or 1. */
function stepped(digits: string, step: number): string {
  if (step === 0) return digits;
  const [rolling, rolled] = step > 0 ? ['9', '0'] : ['0', '9'];
  let at = digits.length - 1;
  while (at >= 0 && digits[at] === rolling) at--;
  const digit = at < 0 ? '1' : String(Number(digits[at]) + step);
  return digits.slice(0, Math.max(at, 0)) + digit + rolled.repeat(digits.length - 1 - at);
}

function withoutLeadingZeros(digits: string): string {
  return digits.slice(zerosBefore(digits));
}

function zerosBefore(digits: string): number {
  let zeros = 0;
  while (zeros < digits.length && digits.charCodeAt(zeros) === ZERO) zeros++;
  return zeros;
}

function zerosAfter(digits: string, first: number): number {
  let last = digits.length;
  while (last > first && digits.charCodeAt(last - 1) === ZERO) last--;
  return digits.length - last;
}
