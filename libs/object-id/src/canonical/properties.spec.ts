import fc from 'fast-check';
import { documents, numberLiterals, SEED, texts } from '../testing/arbitraries';
import { seededRandom } from '../testing/random';
import {
  type ExactNumber,
  exactNumber,
  printCanonical,
  referenceCanonicalize,
  type Tree,
} from '../testing/reference';
import { respell, spellNumber, type Spelling } from '../testing/respell';
import { canonicalText, outcome } from '../testing/vectors';
import { canonicalize } from './canonicalize';

const RUNS = { seed: SEED, numRuns: 1000 };
const plain = (tree: Tree) => respell(tree, {});

describe('the canonical form', () => {
  const spellings: [string, (random: ReturnType<typeof seededRandom>) => Spelling][] = [
    ['the order of keys', (order) => ({ order })],
    ['white space', (space) => ({ space })],
    ['escapes', (escapes) => ({ escapes })],
    ['the spelling of numbers', (numbers) => ({ numbers })],
    ['all of them', (random) => ({ order: random, space: random, escapes: random, numbers: random })],
  ];

  it.each(spellings)('does not depend on %s', (_, spelling) => {
    const property = fc.property(documents, fc.integer(), (tree, seed) => {
      const text = respell(tree, spelling(seededRandom(seed)));
      expect(outcome(canonicalize, Buffer.from(text))).toEqual(
        outcome(canonicalize, Buffer.from(plain(tree))),
      );
    });
    fc.assert(property, RUNS);
  });

  it('is a fixed point, returned as it is', () => {
    const property = fc.property(documents, (tree) => {
      const { canonical } = canonicalize(Buffer.from(plain(tree)));
      expect(canonicalize(canonical).canonical).toBe(canonical);
    });
    fc.assert(property, RUNS);
  });

  it('is that of the reference, which is slow and plain', () => {
    const property = fc.property(documents, fc.integer(), (tree, seed) => {
      const random = seededRandom(seed);
      const bytes = Buffer.from(
        respell(tree, { order: random, space: random, escapes: random, numbers: random }),
      );
      expect(outcome(canonicalize, bytes)).toEqual(outcome(referenceCanonicalize, bytes));
    });
    fc.assert(property, RUNS);
  });

  it('differs whenever a value does', () => {
    const property = fc.property(documents, fc.integer(), texts, (tree, seed, text) => {
      const changed = withChange(tree, seededRandom(seed), text);
      fc.pre(changed !== undefined && printCanonical(changed) !== printCanonical(tree));
      expect(canonicalText(plain(changed))).not.toBe(canonicalText(plain(tree)));
    });
    fc.assert(property, RUNS);
  });
});

describe('numbers', () => {
  it('have one text per value', () => {
    const property = fc.property(numberLiterals, fc.integer(), (literal, seed) => {
      expect(canonicalText(`[${spellNumber(literal, seededRandom(seed))}]`)).toBe(
        canonicalText(`[${literal}]`),
      );
    });
    fc.assert(property, { ...RUNS, numRuns: 3000 });
  });

  it('keep their value beyond what a double tells apart', () => {
    const property = fc.property(numberLiterals, (literal) => {
      const value = exactNumber(literal);
      fc.pre(String(value.digits).length > 17);
      expect(sameValue(exactNumber(canonicalText(`[${literal}]`).slice(1, -1)), value)).toBe(true);
    });
    fc.assert(property, RUNS);
  });

  it('differ when integers do', () => {
    const property = fc.property(fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }), (integer) => {
      expect(canonicalText(`[${integer}]`)).not.toBe(canonicalText(`[${integer + 1n}]`));
    });
    fc.assert(property, RUNS);
  });

  it('are what JSON.parse reads, where that loses nothing', () => {
    const property = fc.property(
      fc.double({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1, noNaN: true }),
      (double) => {
        expect(canonicalText(`[${double}]`)).toBe(JSON.stringify([double]));
      },
    );
    fc.assert(property, { ...RUNS, numRuns: 3000 });
  });
});

function sameValue(a: ExactNumber, b: ExactNumber): boolean {
  return a.digits === b.digits && a.exponent === b.exponent && (a.negative === b.negative || a.digits === 0n);
}

/** The document with one value, key or member changed somewhere; undefined when there was nothing to change. */
function withChange(tree: Tree, random: (below: number) => number, text: string): Tree | undefined {
  switch (tree.kind) {
    case 'string':
      return { kind: 'string', text: random(2) === 0 ? text : tree.text + text };
    case 'number':
      return {
        kind: 'number',
        literal: tree.literal.startsWith('-') ? tree.literal.slice(1) : `-${tree.literal}`,
      };
    case 'word':
      return { kind: 'word', text: tree.text === 'true' ? 'false' : 'true' };
    case 'array': {
      if (tree.items.length === 0) return { kind: 'array', items: [{ kind: 'string', text }] };
      const at = random(tree.items.length);
      const item = random(4) === 0 ? undefined : withChange(tree.items[at]!, random, text);
      return { kind: 'array', items: tree.items.toSpliced(at, 1, ...(item ? [item] : [])) };
    }
    case 'object': {
      if (tree.members.length === 0) return undefined;
      const at = random(tree.members.length);
      const [key, value] = tree.members[at]!;
      const changed = withChange(value, random, text);
      const member = random(3) === 0 || !changed ? ([key + text, value] as const) : ([key, changed] as const);
      return { kind: 'object', members: tree.members.toSpliced(at, 1, member) };
    }
  }
}
