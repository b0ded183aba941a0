import fc from 'fast-check';
import type { Tree } from './reference';

/** What a failing run prints is enough to repeat it. */
export const SEED = 20_261_120;

/** Where escapes, sort orders and encodings change. */
const CHARACTERS = [
  'a',
  'b',
  'B',
  '1',
  '10',
  '9',
  ' ',
  '/',
  '"',
  '\\',
  '\n',
  '\b',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u0080',
  'ß',
  '\u07ff',
  '\u0800',
  '\u2028',
  '\ud7ff',
  '\ue000',
  '\ufb33',
  '\ufeff',
  '\uffff',
  '\u{10000}',
  '😀',
  '\u{10ffff}',
  '\ud800',
  '\udbff',
  '\udc00',
  '\udfff',
];

const LITERALS = [
  '0',
  '-0',
  '0.0',
  '-0e99',
  '1',
  '-1',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9007199254740991.5',
  '-9007199254740990.7',
  '900719925474099.25',
  '90071992547409910',
  '1e21',
  '1e20',
  '1e22',
  '100000000000000000000',
  '1000000000000000000000',
  '123456789012345678901',
  '1234567890123456789012',
  '1e-6',
  '1e-7',
  '0.000001',
  '0.0000001',
  '0.0000012345',
  '4.9e-324',
  '2e-324',
  '3e-324',
  '1e400',
  '1e-400',
  '0.10000000000000001',
  '0.100000000000000012',
  '123456789012345.68',
  '333333333.33333329',
  '5e-7',
  '1e999999999999',
  '1e9999999999999999',
  '1e-10000000000000000',
  '10e-1000000000000000',
  '1E+09999999999999999999',
  '0.1e1000000000000000',
];

/** Text of any UTF-16, lone surrogates included. */
export const texts = fc
  .array(fc.constantFrom(...CHARACTERS), { maxLength: 6 })
  .map((parts) => parts.join(''));

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));

export const numberLiterals = fc.oneof(
  fc.constantFrom(...LITERALS),
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => JSON.stringify(double)),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(
        fc.constant('0'),
        digits(20).map((text) => text.replace(/^0+(?=.)/, '')),
      ),
      fc.option(digits(22), { nil: undefined }),
      fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e-', 'E+'), digits(3)), { nil: undefined }),
    )
    .map(
      ([sign, whole, fraction, power]) =>
        sign + whole + (fraction ? `.${fraction}` : '') + (power?.join('') ?? ''),
    ),
);

/** Documents whose keys often repeat and whose order is often not that of their bytes. */
export const documents: fc.Arbitrary<Tree> = fc.letrec<{ value: Tree; container: Tree }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('true', 'false', 'null').map((text): Tree => ({ kind: 'word', text })),
    texts.map((text): Tree => ({ kind: 'string', text })),
    numberLiterals.map((literal): Tree => ({ kind: 'number', literal })),
    tie('container'),
  ),
  container: fc.oneof(
    fc.array(tie('value'), { maxLength: 6 }).map((items): Tree => ({ kind: 'array', items })),
    fc
      .array(fc.tuple(texts, tie('value')), { maxLength: 24 })
      .map((members): Tree => ({ kind: 'object', members })),
  ),
})).container;
