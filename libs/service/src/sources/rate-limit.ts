import type { RateConfig } from './source-config';

/** A token bucket: full at the start, filled again at `perSecond`, never above `burst`. */
export class RateLimit {
  #tokens: number;
  #filledAt: number | undefined;

  constructor(private readonly rate: RateConfig) {
    this.#tokens = rate.burst;
  }

  /**
   * Takes one.
   * @param now ms since the epoch; one that goes back fills nothing
   * @returns 0, or the ms until there is one again
   */
  take(now: number): number {
    const { perSecond, burst } = this.rate;
    const elapsedMs = Math.max(0, now - (this.#filledAt ?? now));
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
    this.#tokens -= 1;
    return 0;
  }
}
