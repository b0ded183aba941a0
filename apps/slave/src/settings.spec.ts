import { parseSettings } from '@hooklog/service';
import { refuseOwnMaster, selfUrlOf, SLAVE_SETTINGS } from './settings';

const settingsOf = (env: Record<string, string>) => parseSettings(SLAVE_SETTINGS, env);

it('a slave starts with nothing set', () => {
  const settings = settingsOf({});
  expect(settings).toMatchObject({
    PORT: 8081,
    DATA_DIR: './data/slave',
    NODE_ID: 'slave',
    MASTER_URL: 'http://127.0.0.1:8080',
  });
  expect(selfUrlOf(settings, 8081)).toBe('http://127.0.0.1:8081');
  expect(() => refuseOwnMaster(settings)).not.toThrow();
});

it.each([
  { SELF_URL: 'http://127.0.0.1:8080' },
  { SELF_URL: 'http://localhost:8080/' },
  { PORT: '8080' },
  { PORT: '9000', MASTER_URL: 'http://localhost:9000' },
])('a slave cannot be its own master: %p', (env) => {
  expect(() => refuseOwnMaster(settingsOf(env as Record<string, string>))).toThrow(
    /^SELF_URL is .* the same as MASTER_URL/,
  );
});

it('a slave on another machine names itself', () => {
  expect(selfUrlOf(settingsOf({ SELF_URL: 'https://slave.test:8443' }), 1)).toBe('https://slave.test:8443');
});
