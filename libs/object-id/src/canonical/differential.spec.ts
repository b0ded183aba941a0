import fc from 'fast-check';
import { documents, SEED } from '../testing/arbitraries';
import { mutated, PIECES, STRAY_BYTES } from '../testing/mutated';
import { seededRandom } from '../testing/random';
import { referenceCanonicalize } from '../testing/reference';
import { respell } from '../testing/respell';
import { type Outcome, outcome } from '../testing/vectors';
import { canonicalize } from './canonicalize';
import { canonicalizeInTypeScript } from './in-typescript';

function agree(bytes: Buffer): Outcome {
  const result = outcome(canonicalize, bytes);
  const expected = JSON.stringify(outcome(referenceCanonicalize, bytes));
  expect(JSON.stringify(result)).toBe(expected);
  expect(JSON.stringify(outcome(canonicalizeInTypeScript, bytes))).toBe(expected);
  return result;
}

describe('both scanners and the reference', () => {
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
