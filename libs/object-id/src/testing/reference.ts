import { ObjectIdError, type ObjectIdErrorCode } from '../errors';

/** A document as a tree in which nothing is lost: members in order, numbers as written, strings as UTF-16. */
export type Tree =
  | { readonly kind: 'object'; readonly members: readonly (readonly [key: string, value: Tree])[] }
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly literal: string }
  | { readonly kind: 'word'; readonly text: string };

/** value = digits × 10^exponent, digits without zeros at either end; zero has digits 0 */
export interface ExactNumber {
  readonly negative: boolean;
  readonly digits: bigint;
  readonly exponent: bigint;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
/** A pair is one character of another category. */
export const LONE_SURROGATE = /\p{Cs}/u;
const LEVELS_MAX = 1024;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** The same promise as `canonicalize`, by recursion, strings and BigInt: slow and plain, to compare with. */
export function referenceCanonicalize(bytes: Uint8Array): { canonical: Buffer; iJson: boolean } {
  const tree = parseTree(bytes);
  return { canonical: Buffer.from(printCanonical(tree)), iJson: isIJson(tree) };
}

export function parseTree(bytes: Uint8Array): Tree {
  return new Parser(decode(bytes)).document();
}

export function printCanonical(tree: Tree): string {
  switch (tree.kind) {
    case 'object': {
      const sorted = [...tree.members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${printCanonical(value)}`).join(',')}}`;
    }
    case 'array':
      return `[${tree.items.map(printCanonical).join(',')}]`;
    case 'string':
      return JSON.stringify(tree.text);
    case 'number':
      return printNumber(tree.literal);
    case 'word':
      return tree.text;
  }
}

export function exactNumber(literal: string): ExactNumber {
  const negative = literal.startsWith('-');
  const [mantissa = '', power = '0'] = literal
    .slice(negative ? 1 : 0)
    .toLowerCase()
    .split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let digits = BigInt(whole + fraction);
  let exponent = BigInt(power.replace('+', '')) - BigInt(fraction.length);
  if (digits === 0n) return { negative, digits, exponent: 0n };
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1n;
  }
  return { negative, digits, exponent };
}

function printNumber(literal: string): string {
  const { negative, digits, exponent } = exactNumber(literal);
  if (digits === 0n) return '0';
  const text = String(digits);
  const double = Number(literal);
  if (text.length <= 17 && isSafe(digits, exponent) && double !== 0) return String(double);
  return (negative ? '-' : '') + layOut(text, exponent + BigInt(text.length));
}

/** digits × 10^exponent ≤ 2^53 − 1, in integers only */
function isSafe(digits: bigint, exponent: bigint): boolean {
  if (exponent > 16n) return false;
  if (exponent < -400n) return true;
  return exponent >= 0n ? digits * 10n ** exponent <= SAFE_MAX : digits <= SAFE_MAX * 10n ** -exponent;
}

/** ECMA-262, Number::toString, steps 6 to 12: `n` as there. */
function layOut(digits: string, n: bigint): string {
  const k = BigInt(digits.length);
  if (k <= n && n <= 21n) return digits + '0'.repeat(Number(n - k));
  if (0n < n && n <= 21n) return digits.slice(0, Number(n)) + '.' + digits.slice(Number(n));
  if (-6n < n && n <= 0n) return '0.' + '0'.repeat(Number(-n)) + digits;
  const power = n - 1n < 0n ? `e-${1n - n}` : `e+${n - 1n}`;
  return digits[0] + (k === 1n ? '' : '.' + digits.slice(1)) + power;
}

function isIJson(tree: Tree): boolean {
  if (tree.kind === 'string') return !LONE_SURROGATE.test(tree.text);
  if (tree.kind === 'array') return tree.items.every(isIJson);
  if (tree.kind !== 'object') return true;
  const keys = tree.members.map(([key]) => key);
  if (new Set(keys).size < keys.length || keys.some((key) => LONE_SURROGATE.test(key))) return false;
  return tree.members.every(([, value]) => isIJson(value));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ObjectIdError('INVALID_UTF8', 'not UTF-8', longestUtf8Prefix(bytes));
  }
}

function longestUtf8Prefix(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let length = bytes.length; length > 0; length--) {
    try {
      decoder.decode(bytes.subarray(0, length));
      return length;
    } catch {
      continue;
    }
  }
  return 0;
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): Tree {
    this.space();
    if (this.at === this.text.length) throw new ObjectIdError('EMPTY_BODY', 'empty');
    const root = this.at;
    const tree = this.value(1);
    this.space();
    if (this.at < this.text.length) this.fail();
    if (tree.kind !== 'object' && tree.kind !== 'array') this.fail('NOT_A_DOCUMENT', root);
    return tree;
  }

  private value(level: number): Tree {
    const char = this.text[this.at] ?? '';
    if (char === '{') return this.object(level);
    if (char === '[') return this.array(level);
    if (char === '"') return { kind: 'string', text: this.string() };
    if (char === 't') return this.word('true');
    if (char === 'f') return this.word('false');
    if (char === 'n') return this.word('null');
    return this.number();
  }

  private object(level: number): Tree {
    if (level > LEVELS_MAX) this.fail('TOO_DEEP');
    const members: [string, Tree][] = [];
    this.list('{', '}', () => {
      const key = this.string();
      this.space();
      this.expect(':');
      this.space();
      members.push([key, this.value(level + 1)]);
    });
    return { kind: 'object', members };
  }

  private array(level: number): Tree {
    if (level > LEVELS_MAX) this.fail('TOO_DEEP');
    const items: Tree[] = [];
    this.list('[', ']', () => items.push(this.value(level + 1)));
    return { kind: 'array', items };
  }

  private list(opener: string, closer: string, element: () => void): void {
    this.expect(opener);
    this.space();
    if (this.take(closer)) return;
    do {
      this.space();
      element();
      this.space();
    } while (this.take(','));
    this.expect(closer);
  }

  private string(): string {
    this.expect('"');
    let text = this.plain();
    while (!this.take('"')) {
      if (!this.take('\\')) this.fail();
      text += this.escape() + this.plain();
    }
    return text;
  }

  /** What stands for itself from here on: no quote, backslash or control. */
  private plain(): string {
    const run = /[^"\\\u0000-\u001f]*/y;
    run.lastIndex = this.at;
    const [text] = run.exec(this.text)!;
    this.at += text.length;
    return text;
  }

  private escape(): string {
    if (this.take('u'))
      return String.fromCharCode(Number.parseInt(this.hex() + this.hex() + this.hex() + this.hex(), 16));
    const char = SHORT_ESCAPES[this.text[this.at] ?? ''] ?? this.fail();
    this.at++;
    return char;
  }

  private hex(): string {
    const digit = this.text[this.at] ?? '';
    if (!/^[0-9a-fA-F]$/.test(digit)) this.fail();
    this.at++;
    return digit;
  }

  private word(text: string): Tree {
    for (const letter of text) this.expect(letter);
    return { kind: 'word', text };
  }

  private number(): Tree {
    const start = this.at;
    this.take('-');
    if (!this.take('0')) this.digits();
    if (this.take('.')) this.digits();
    if (this.take('e') || this.take('E')) {
      if (!this.take('+')) this.take('-');
      this.digits();
    }
    return { kind: 'number', literal: this.text.slice(start, this.at) };
  }

  private digits(): void {
    const isDigit = () => /^[0-9]$/.test(this.text[this.at] ?? '');
    if (!isDigit()) this.fail();
    while (isDigit()) this.at++;
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? '-')) this.at++;
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private expect(char: string): void {
    if (!this.take(char)) this.fail();
  }

  private fail(code: ObjectIdErrorCode = 'INVALID_JSON', at = this.at): never {
    throw new ObjectIdError(code, 'refused', Buffer.byteLength(this.text.slice(0, at)));
  }
}
