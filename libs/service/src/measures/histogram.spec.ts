import { BYTES, ENTRIES, Histogram, SECONDS } from './histogram';

describe('a histogram', () => {
  it('counts what is at most each bound, and what is beyond the last', () => {
    const histogram = new Histogram([1, 2, 5]);
    for (const value of [0.5, 1, 1.5, 5, 5.1, 100]) histogram.observe(value);
    expect(histogram.read()).toEqual({
      buckets: [
        [1, 2],
        [2, 3],
        [5, 4],
      ],
      count: 6,
      sum: 113.1,
    });
  });

  it.each([SECONDS, ENTRIES, BYTES])('has ascending bounds: %#', (...bounds: number[]) => {
    expect(bounds).toEqual([...new Set(bounds)].sort((a, b) => a - b));
  });
});
