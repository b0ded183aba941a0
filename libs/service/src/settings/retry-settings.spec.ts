import { nodeSettings } from './node-settings';
import { refuseRetryPauses, retryLimitsOf } from './retry-settings';
import { parseSettings, SettingsError } from './settings';

const settingsOf = (env: Record<string, string>) =>
  parseSettings(nodeSettings({ node: 'here', port: 8080 }), env);

describe('the retry settings', () => {
  it('are, with nothing set, from 0.1 s doubled to 5 s, and a question a second', () => {
    expect(retryLimitsOf(settingsOf({}))).toEqual({
      retryMinMs: 100,
      retryMaxMs: 5000,
      retryGrowth: 'exponential',
      heartbeatMs: 1000,
    });
  });

  it('are seconds, to the millisecond', () => {
    const env = {
      RETRY_INTERVAL: '0.0505',
      RETRY_MAX_DELAY: '3600',
      RETRY_GROWTH: 'uniform',
      HEALTHCHECK_SECONDS: '20',
    };
    expect(retryLimitsOf(settingsOf(env))).toEqual({
      retryMinMs: 51,
      retryMaxMs: 3_600_000,
      retryGrowth: 'uniform',
      heartbeatMs: 20_000,
    });
  });

  it.each([
    { RETRY_INTERVAL: '0' },
    { RETRY_MAX_DELAY: '3601' },
    { RETRY_GROWTH: 'linear' },
    { HEALTHCHECK_SECONDS: '0.05' },
  ])('refuse %p', (env) => {
    expect(() => settingsOf(env as Record<string, string>)).toThrow(SettingsError);
  });

  it('refuse a first pause above the longest', () => {
    expect(() => refuseRetryPauses(settingsOf({ RETRY_INTERVAL: '5' }))).not.toThrow();
    expect(() => refuseRetryPauses(settingsOf({ RETRY_INTERVAL: '6' }))).toThrow(
      'RETRY_INTERVAL is 6, but must not be above RETRY_MAX_DELAY, which is 5',
    );
  });
});
