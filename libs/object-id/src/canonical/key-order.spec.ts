import fc from 'fast-check';
import { SEED, texts } from '../testing/arbitraries';
import { compareKeyBytes, keyText, stableOrder } from './key-order';

const byUnits = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

describe('order of keys', () => {
  it('is that of UTF-16 code units, read from UTF-8', () => {
    const key = texts.filter((text) => !/\p{Cs}/u.test(text));
    const property = fc.property(key, key, (a, b) => {
      const bytes = Buffer.from(a + b);
      const middle = Buffer.byteLength(a);
      return Math.sign(compareKeyBytes(bytes, 0, middle, middle, bytes.length)) === byUnits(a, b);
    });
    fc.assert(property, { seed: SEED, numRuns: 3000 });
  });

  it('reads escapes as what they mean', () => {
    const property = fc.property(
      texts,
      (text) => keyText(Buffer.from(JSON.stringify(text).slice(1, -1))) === text,
    );
    fc.assert(property, { seed: SEED, numRuns: 1000 });
  });

  it('is stable at every size', () => {
    const property = fc.property(fc.array(fc.nat(4), { maxLength: 60 }), (ranks) => {
      const order = stableOrder(ranks.length, (a, b) => ranks[a]! - ranks[b]!);
      return order.every(
        (member, i) => i === 0 || ranks[order[i - 1]!]! * 100 + order[i - 1]! < ranks[member]! * 100 + member,
      );
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});
