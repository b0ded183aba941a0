import { settingsMarkdown } from '@hooklog/service';
import { MASTER_SETTINGS, readMasterSettings } from './settings';

it('a master starts with nothing set', () => {
  expect(readMasterSettings({})).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8080,
    DATA_DIR: './data/master',
    NODE_ID: 'master',
    API_KEY: undefined,
    MASTER_URL: undefined,
    SELF_URL: undefined,
    DEDUP_WINDOW_SECONDS: 60,
    BODY_BYTES_MAX: 26_214_400,
    COLLECT: true,
    SYNC_INTERVAL_SECONDS: 60,
    SYNC_SETTLE_SECONDS: 60,
    RETRY_INTERVAL: 0.1,
    RETRY_MAX_DELAY: 5,
    RETRY_GROWTH: 'exponential',
    HEALTHCHECK_SECONDS: 1,
    LOG_LEVEL: 'info',
  });
});

it('its table has a row for each setting', () => {
  const names = [...settingsMarkdown(MASTER_SETTINGS).matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(names).toEqual(Object.keys(MASTER_SETTINGS));
});
