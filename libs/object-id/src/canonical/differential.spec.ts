import fc from 'fast-check';
import { documents, SEED } from '../testing/arbitraries';
import { pick, type Random, seededRandom } from '../testing/random';
import { referenceCanonicalize } from '../testing/reference';
import { respell } from '../testing/respell';
import { type Outcome, outcome } from '../testing/vectors';
import { canonicalize } from './canonicalize';

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '\\ud83d',
  '\\ude00',
  '\\/',
  '0',
  '1',
  '9',
  '-',
  '+',
  '.',
  'e',
  'E',
  't',
  'true',
  'null',
  'nul',
  ' ',
  '\n',
  '\t',
  '\f',
  '\0',
  '\x1f',
  '\x7f',
  '\ufeff',
  'é',
  '😀',
  '"a":',
  '{"b":1,"a":2}',
  '1e5',
  '//',
].map((text) => Buffer.from(text));
const STRAY_BYTES = [0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xff].map((byte) => Buffer.of(byte));

/** One cut, insertion, replacement or doubling somewhere. */
function mutated(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1);
  const length = random(4);
  const piece = pick(random, random(10) === 0 ? STRAY_BYTES : PIECES);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random(5)) {
    case 0:
      return head;
    case 1:
      return Buffer.concat([head, tail.subarray(length)]);
    case 2:
      return Buffer.concat([head, piece, tail]);
    case 3:
      return Buffer.concat([head, piece, tail.subarray(1)]);
    default:
      return Buffer.concat([head, tail.subarray(0, length), tail]);
  }
}

function agree(bytes: Buffer): Outcome {
  const result = outcome(canonicalize, bytes);
  expect(JSON.stringify(result)).toBe(JSON.stringify(outcome(referenceCanonicalize, bytes)));
  return result;
}

describe('scanner and reference', () => {
  it('say the same of damaged documents: form and flag, or code and offset', () => {
    const seen = new Set<string>();
    const property = fc.property(documents, fc.integer(), (tree, seed) => {
      const random = seededRandom(seed);
      let bytes: Buffer = Buffer.from(respell(tree, { space: random, escapes: random, numbers: random }));
      for (let round = random(3); round >= 0; round--) bytes = mutated(bytes, random);
      const result = agree(bytes);
      seen.add('code' in result ? result.code : 'accepted');
    });
    fc.assert(property, { seed: SEED, numRuns: 5000 });
    expect([...seen].sort()).toEqual([
      'EMPTY_BODY',
      'INVALID_JSON',
      'INVALID_UTF8',
      'NOT_A_DOCUMENT',
      'accepted',
    ]);
  });

  it('say the same of random pieces', () => {
    const pieces = fc.array(fc.constantFrom(...PIECES, ...STRAY_BYTES), { maxLength: 8 });
    const property = fc.property(pieces, (all) => {
      const bytes = Buffer.concat(all);
      agree(bytes);
    });
    fc.assert(property, { seed: SEED, numRuns: 10_000 });
  });

  it('say the same of every text of up to four of the bytes that matter', () => {
    const alphabet = Buffer.from('[]{},:"\\1-.e 0');
    const check = (bytes: Buffer) => {
      if (bytes.length > 4) return;
      agree(bytes);
      for (const byte of alphabet) check(Buffer.concat([bytes, Buffer.of(byte)]));
    };
    check(Buffer.from('['));
  });
});
