import { randomBytes } from 'node:crypto';
import { IdentityFilter } from './identity-filter';

/** As long as an identity is. */
const IDENTITY_BYTES = 28;

function identities(count: number): Buffer[] {
  return Array.from({ length: count }, () => randomBytes(IDENTITY_BYTES));
}

describe('a filter of identities', () => {
  it('has nothing at first', () => {
    const filter = new IdentityFilter();
    expect(identities(100).filter((each) => filter.mayHave(each))).toEqual([]);
  });

  it.each([1, 65_536, 65_537, 500_000])('knows each of %d, and takes few others for one of them', (count) => {
    const filter = new IdentityFilter();
    const known = identities(count);
    for (const each of known) filter.add(each);
    expect(known.filter((each) => !filter.mayHave(each)).length).toBe(0);
    const others = identities(20_000);
    const mistaken = others.filter((each) => filter.mayHave(each)).length;
    expect(mistaken / others.length).toBeLessThan(0.01);
  });

  it('knows what shares its first bytes with others', () => {
    const filter = new IdentityFilter();
    const known = identities(100).map((each) => Buffer.concat([Buffer.alloc(4), each.subarray(4)]));
    for (const each of known) filter.add(each);
    expect(known.every((each) => filter.mayHave(each))).toBe(true);
    expect(filter.mayHave(Buffer.alloc(IDENTITY_BYTES, 7))).toBe(false);
  });
});
