import { CommonPoint } from './common-point';

/** @returns what was found, and how many questions it took */
function searched(high: number, common: number): { readonly found: number; readonly questions: number } {
  const search = new CommonPoint(high);
  let questions = 0;
  for (let at = search.next; at !== undefined; at = search.next) {
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(high);
    search.onAnswer(at, at <= common);
    questions += 1;
  }
  return { found: search.found, questions };
}

describe('the search for the last common entry', () => {
  it('finds it wherever it is, and asks for no place outside of what both may have', () => {
    for (let high = 1; high <= 40; high += 1)
      for (let common = 0; common < high; common += 1) expect(searched(high, common).found).toBe(common);
  });

  it('asks nothing where only the start can be common', () => {
    expect(searched(1, 0)).toEqual({ found: 0, questions: 0 });
  });

  it('asks 30 times about a billion entries', () => {
    for (const common of [0, 1, 123_456_789, 999_999_999])
      expect(searched(1_000_000_000, common)).toMatchObject({ found: common });
    expect(searched(1_000_000_000, 123_456_789).questions).toBeLessThanOrEqual(30);
  });

  it('is not misled by an answer that comes twice or late', () => {
    const search = new CommonPoint(16);
    search.onAnswer(8, true);
    search.onAnswer(4, true);
    search.onAnswer(12, false);
    search.onAnswer(14, false);
    expect(search.next).toBe(10);
    search.onAnswer(10, false);
    search.onAnswer(9, true);
    expect(search.next).toBeUndefined();
    expect(search.found).toBe(9);
  });
});
