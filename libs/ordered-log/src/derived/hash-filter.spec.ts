import { randomBytes } from 'node:crypto';
import { HashFilter } from './hash-filter';

/** As long as the hash in a key is. */
const HASH_BYTES = 28;

function hashes(count: number): Buffer[] {
  return Array.from({ length: count }, () => randomBytes(HASH_BYTES));
}

describe('a filter of hashes', () => {
  it('has nothing at first', () => {
    const filter = new HashFilter();
    expect(hashes(100).filter((each) => filter.mayHave(each))).toEqual([]);
  });

  it.each([1, 65_536, 65_537, 500_000])('knows each of %d, and takes few others for one of them', (count) => {
    const filter = new HashFilter();
    const known = hashes(count);
    for (const each of known) filter.add(each);
    expect(known.filter((each) => !filter.mayHave(each)).length).toBe(0);
    const others = hashes(20_000);
    const mistaken = others.filter((each) => filter.mayHave(each)).length;
    expect(mistaken / others.length).toBeLessThan(0.01);
  });

  it('knows what shares its first bytes with others', () => {
    const filter = new HashFilter();
    const known = hashes(100).map((each) => Buffer.concat([Buffer.alloc(4), each.subarray(4)]));
    for (const each of known) filter.add(each);
    expect(known.every((each) => filter.mayHave(each))).toBe(true);
    expect(filter.mayHave(Buffer.alloc(HASH_BYTES, 7))).toBe(false);
  });
});
