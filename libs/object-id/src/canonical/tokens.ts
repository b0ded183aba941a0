import { ObjectIdError } from '../errors';
import {
  BACKSLASH,
  CARRIAGE_RETURN,
  LINE_FEED,
  LOWER_CASE,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  LOWER_U,
  MINUS,
  NINE,
  PLUS,
  POINT,
  QUOTE,
  SLASH,
  SPACE,
  TAB,
  WORD_BYTES,
  ZERO,
} from './bytes';
import { Edits, STRING } from './edits';
import {
  canonicalEscape,
  escapeBytes,
  escapedCodePoint,
  hexValue,
  isShortEscape,
  isSurrogate,
  UNIT_BYTES,
} from './escape';
import { canonicalNumber } from './number';

/** 1 for the bytes that stand for themselves inside a string. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** Within these a number is its own canonical form, and no arithmetic is needed to know it. */
const PLAIN_INTEGER_DIGITS_MAX = 21;
const PLAIN_FRACTION_DIGITS_MAX = 15;
const PLAIN_FRACTION_ZEROS_MAX = 5;

/**
 * Reads tokens and notes what each needs to become canonical. Every method takes the place where a token starts and
 * returns the place after it: a position that lives in the caller's variable is read at twice the speed of a field.
 */
export class Tokens {
  /** false once something was read that I-JSON has no room for */
  iJson = true;
  /** escapes read so far */
  escapes = 0;
  readonly edits = new Edits();
  private respell = false;
  /** no whole word starts here or later */
  private readonly last: number;

  constructor(
    private readonly bytes: Buffer,
    private readonly words: DataView,
  ) {
    this.last = bytes.length - WORD_BYTES + 1;
  }

  /** `at` is the first byte that does not let the text be JSON. */
  fail(at: number): never {
    throw new ObjectIdError('INVALID_JSON', 'the body is not JSON', at);
  }

  space(at: number): number {
    const { bytes } = this;
    if (at < bytes.length && bytes[at]! > SPACE) return at;
    const start = at;
    while (at < bytes.length && isSpace(bytes[at]!)) at++;
    if (at > start) this.edits.gap(start, at);
    return at;
  }

  one(byte: number, at: number): number {
    if (at === this.bytes.length || this.bytes[at] !== byte) this.fail(at);
    return at + 1;
  }

  scalar(at: number): number {
    switch (this.byteAt(at)) {
      case QUOTE:
        return this.string(at);
      case LOWER_T:
        return this.word(TRUE, at);
      case LOWER_F:
        return this.word(FALSE, at);
      case LOWER_N:
        return this.word(NULL, at);
      default:
        return this.number(at);
    }
  }

  string(start: number): number {
    const { bytes } = this;
    let at = this.plainEnd(this.one(QUOTE, start));
    while (at === bytes.length || bytes[at] !== QUOTE) at = this.plainEnd(this.escape(at));
    if (this.respell) this.edits.add(STRING, start, at + 1);
    this.respell = false;
    return at + 1;
  }

  /** The byte at `at`, or -1 at the end: reading past the end would slow every later read down. */
  byteAt(at: number): number {
    return at < this.bytes.length ? this.bytes[at]! : -1;
  }

  private word(word: Uint8Array, at: number): number {
    for (let i = 0; i < word.length; i++) at = this.one(word[i]!, at);
    return at;
  }

  private number(start: number): number {
    const { bytes } = this;
    const first = this.byteAt(start) === MINUS ? start + 1 : start;
    const whole = this.byteAt(first) === ZERO ? first + 1 : this.digits(first);
    const fraction = this.byteAt(whole) === POINT ? this.digits(whole + 1) : whole;
    const end = this.exponent(fraction);
    if (end === fraction && isPlain(bytes, first, whole, fraction)) return end;
    const literal = bytes.toString('latin1', start, end);
    const text = canonicalNumber(literal);
    if (text !== literal) this.edits.number(start, end, text);
    return end;
  }

  /** The first byte from `at` on that does not stand for itself, looked for four at a time. */
  private plainEnd(at: number): number {
    const { bytes, words, last } = this;
    for (; at < last; at += WORD_BYTES) {
      const found = specialBytes(words.getInt32(at, true));
      if (found !== 0) return at + lowestByte(found);
    }
    while (at < bytes.length && PLAIN[bytes[at]!] === 1) at++;
    return at;
  }

  private escape(at: number): number {
    if (this.byteAt(at) !== BACKSLASH) this.fail(at);
    this.escapes++;
    const letter = this.byteAt(at + 1);
    if (letter === LOWER_U) return this.unitEscape(at);
    if (!isShortEscape(letter)) this.fail(at + 1);
    if (letter === SLASH) this.respell = true;
    return at + 2;
  }

  private unitEscape(at: number): number {
    const { bytes } = this;
    const next = this.unit(at);
    if (this.byteAt(next) === BACKSLASH && this.byteAt(next + 1) === LOWER_U) this.unit(next);
    const codePoint = escapedCodePoint(bytes, at);
    const end = at + escapeBytes(bytes, at, codePoint);
    if (isSurrogate(codePoint)) this.iJson = false;
    const spelling = canonicalEscape(codePoint);
    if (spelling === undefined || spelling !== bytes.toString('latin1', at, end)) this.respell = true;
    return end;
  }

  private unit(at: number): number {
    for (let digit = at + 2; digit < at + UNIT_BYTES; digit++) {
      if (hexValue(this.byteAt(digit)) < 0) this.fail(digit);
    }
    return at + UNIT_BYTES;
  }

  /** One or more. */
  private digits(at: number): number {
    if (!isDigit(this.byteAt(at))) this.fail(at);
    do at++;
    while (isDigit(this.byteAt(at)));
    return at;
  }

  private exponent(at: number): number {
    if ((this.byteAt(at) | LOWER_CASE) !== LOWER_E) return at;
    const sign = this.byteAt(at + 1);
    return this.digits(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
}

/**
 * The high bit of each byte of a word that is a quote, a backslash or a control, by Mycroft's test for zero bytes.
 * Above the lowest one it may find bytes that are none.
 */
function specialBytes(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  const found =
    ((quotes - 0x01010101) & ~quotes) |
    ((backslashes - 0x01010101) & ~backslashes) |
    ((word - 0x20202020) & ~word);
  return found & 0x80808080;
}

/** Which byte the lowest bit is in. */
function lowestByte(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >> 3;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** An integer or a fraction that needs no look at its value; `false` does not say that it changes. */
function isPlain(bytes: Uint8Array, first: number, whole: number, end: number): boolean {
  if (whole === end) {
    return end - first <= PLAIN_INTEGER_DIGITS_MAX && (bytes[first] !== ZERO || bytes[first - 1] !== MINUS);
  }
  if (end - first - 1 > PLAIN_FRACTION_DIGITS_MAX || bytes[end - 1] === ZERO) return false;
  let zeros = whole + 1;
  while (bytes[zeros] === ZERO) zeros++;
  return bytes[first] !== ZERO || zeros - whole - 1 <= PLAIN_FRACTION_ZEROS_MAX;
}
