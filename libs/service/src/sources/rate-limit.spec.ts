import { RateLimit } from './rate-limit';

const NOW = 1_763_635_880_000;

describe('a rate limit', () => {
  it('gives its burst at once, then so many a second', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 2 });
    const waits = [0, 0, 0, 50, 100, 100].map((after) => limit.take(NOW + after));
    expect(waits).toEqual([0, 0, 100, 50, 0, 100]);
  });

  it('saves no more than its burst', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 2 });
    limit.take(NOW);
    const waits = [1, 2, 3].map(() => limit.take(NOW + 86_400_000));
    expect(waits).toEqual([0, 0, 100]);
  });

  it('gives nothing for a clock that goes back', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 1 });
    expect([NOW, NOW - 5_000, NOW - 5_000].map((now) => limit.take(now))).toEqual([0, 100, 100]);
  });
});
