import { backoffMs } from './backoff';

const LIMITS = { retryMinMs: 100, retryMaxMs: 5000 };

describe('backoffMs', () => {
  it.each([
    [1, 0, 50],
    [1, 0.5, 75],
    [2, 0, 100],
    [6, 0, 1600],
    [7, 0, 2500],
    [1000, 0.999999, 5000],
  ])('after %i failures with random %f: %i ms', (failures, random, ms) => {
    expect(backoffMs(failures, random, LIMITS)).toBe(ms);
    expect(backoffMs(failures, random, { ...LIMITS, retryGrowth: 'exponential' })).toBe(ms);
  });

  it.each([
    [0, 0, 50],
    [1, 0, 50],
    [1, 0.5, 75],
    [1000, 0.999999, 100],
  ])('after %i failures with random %f: %i ms when they do not grow', (failures, random, ms) => {
    expect(backoffMs(failures, random, { ...LIMITS, retryGrowth: 'uniform' })).toBe(ms);
  });

  it('is never above the longest pause, also where the first one is', () => {
    const limits = { retryMinMs: 9000, retryMaxMs: 5000 };
    for (const retryGrowth of ['uniform', 'exponential'] as const)
      expect(backoffMs(1, 0.999999, { ...limits, retryGrowth })).toBe(5000);
  });
});
