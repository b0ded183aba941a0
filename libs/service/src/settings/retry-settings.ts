import { SettingsError } from './settings';

/** Settings that say when a node asks another one again. */
export interface RetrySettings {
  readonly RETRY_INTERVAL: number;
  readonly RETRY_MAX_DELAY: number;
  readonly RETRY_GROWTH: string;
  readonly HEALTHCHECK_SECONDS: number;
}

/** The same as limits of the protocol between nodes. */
export interface RetryLimits {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly retryGrowth: 'exponential' | 'uniform';
  readonly heartbeatMs: number;
}

export function retryLimitsOf(settings: RetrySettings): RetryLimits {
  return {
    retryMinMs: milliseconds(settings.RETRY_INTERVAL),
    retryMaxMs: milliseconds(settings.RETRY_MAX_DELAY),
    retryGrowth: settings.RETRY_GROWTH === 'uniform' ? 'uniform' : 'exponential',
    heartbeatMs: milliseconds(settings.HEALTHCHECK_SECONDS),
  };
}

/** @throws SettingsError when the first pause is longer than the longest one */
export function refuseRetryPauses(settings: RetrySettings): void {
  const { RETRY_INTERVAL, RETRY_MAX_DELAY } = settings;
  if (RETRY_INTERVAL <= RETRY_MAX_DELAY) return;
  throw new SettingsError(
    'RETRY_INTERVAL',
    `is ${RETRY_INTERVAL}, but must not be above RETRY_MAX_DELAY, which is ${RETRY_MAX_DELAY}`,
  );
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
