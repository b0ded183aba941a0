import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { SEED } from '../testing/arbitraries';
import { invalidUtf8At, writeUtf8 } from './utf8';

const BYTES = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0,
  0xf3, 0xf4, 0xf5, 0xff,
];

describe('where UTF-8 breaks', () => {
  it('is the end of the longest good prefix', () => {
    const bytes = fc.array(fc.constantFrom(...BYTES), { maxLength: 7 }).map((all) => Uint8Array.from(all));
    const property = fc.property(bytes, (all) => {
      let longest = all.length;
      while (!isUtf8(all.subarray(0, longest))) longest--;
      return invalidUtf8At(all) === (longest === all.length ? -1 : longest);
    });
    fc.assert(property, { seed: SEED, numRuns: 20_000 });
  });

  it('is found for every pair of bytes', () => {
    for (let pair = 0; pair < 0x10000; pair++) {
      const bytes = Buffer.of(pair >> 8, pair & 0xff, 0x80, 0x80);
      if ((invalidUtf8At(bytes) === -1) !== isUtf8(bytes)) throw new Error(bytes.toString('hex'));
    }
  });
});

describe('a character', () => {
  it('is written as Buffer writes it', () => {
    const out = Buffer.alloc(4);
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += codePoint < 0x10000 ? 1 : 257) {
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
      const written = out.subarray(0, writeUtf8(out, codePoint, 0));
      if (!written.equals(Buffer.from(String.fromCodePoint(codePoint))))
        throw new Error(codePoint.toString(16));
    }
  });
});
