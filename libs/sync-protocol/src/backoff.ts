export interface BackoffLimits {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/**
 * Pause before try number `failures` + 1: exponential from `retryMinMs` to `retryMaxMs`, its upper half random,
 * so that peers which failed together do not come back together.
 * @param random in [0, 1)
 */
export function backoffMs(
  failures: number,
  random: number,
  { retryMinMs, retryMaxMs }: BackoffLimits,
): number {
  const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(Math.max(0, failures - 1), 30));
  return Math.round(ceiling * (0.5 + random / 2));
}
