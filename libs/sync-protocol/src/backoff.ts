export interface BackoffLimits {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** How the pause grows from one failure to the next; exponential unless it says uniform: then it stays `retryMinMs`. */
  readonly retryGrowth?: 'exponential' | 'uniform';
}

/**
 * Pause before try number `failures` + 1: from `retryMinMs`, doubled by each failure or not, to `retryMaxMs`. Its
 * upper half is random, so that peers which failed together do not come back together.
 * @param random in [0, 1)
 */
export function backoffMs(
  failures: number,
  random: number,
  { retryMinMs, retryMaxMs, retryGrowth = 'exponential' }: BackoffLimits,
): number {
  const doublings = retryGrowth === 'uniform' ? 0 : Math.min(Math.max(0, failures - 1), 30);
  const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** doublings);
  return Math.round(ceiling * (0.5 + random / 2));
}
