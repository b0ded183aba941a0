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
  });
});
