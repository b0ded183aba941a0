import { settingsMarkdown } from '@hooklog/service';
import { readSlaveSettings, SLAVE_SETTINGS } from './settings';

it('a slave starts with nothing set', () => {
  expect(readSlaveSettings({})).toMatchObject({
    PORT: 8081,
    DATA_DIR: './data/slave',
    NODE_ID: 'slave',
    MASTER_URL: 'http://127.0.0.1:8080',
    SELF_URL: undefined,
    DELAY: undefined,
  });
});

it.each([
  { SELF_URL: 'http://127.0.0.1:8080' },
  { SELF_URL: 'http://localhost:8080/' },
  { PORT: '8080' },
  { PORT: '9000', MASTER_URL: 'http://localhost:9000' },
])('a slave cannot be its own master: %p', (env: Record<string, string>) => {
  expect(() => readSlaveSettings(env)).toThrow(/^SELF_URL is .* the same as MASTER_URL/);
});

it('a slave is slow for tests', () => {
  expect(readSlaveSettings({ DELAY: '0.5,2' }).DELAY).toEqual({ lower: 0.5, upper: 2 });
  expect(() => readSlaveSettings({ DELAY: '2,0.5' })).toThrow(/^DELAY /);
});

it('its table has a row for each setting', () => {
  const names = [...settingsMarkdown(SLAVE_SETTINGS).matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(names).toEqual(Object.keys(SLAVE_SETTINGS));
});
