import { parseSettings } from '@hooklog/service';
import { isSameNode, refuseOwnMaster, selfUrlOf, settingsTable } from './settings';

const TABLE = settingsTable({ node: 'slave', port: 8081, masterUrl: 'http://127.0.0.1:8080' });
const settingsOf = (env: Record<string, string>) => parseSettings(TABLE, env);

it('a node is reached at its port, unless it names itself', () => {
  expect(selfUrlOf(settingsOf({}), 8081)).toBe('http://127.0.0.1:8081');
  expect(selfUrlOf(settingsOf({ SELF_URL: 'https://slave.test:8443' }), 1)).toBe('https://slave.test:8443');
});

it('an address in two spellings is one node', () => {
  expect(isSameNode('http://localhost:8080', 'http://127.0.0.1:8080')).toBe(true);
  expect(isSameNode('http://127.0.0.1:8080', 'http://127.0.0.1:8081')).toBe(false);
});

it('a node that begins as slave has its master elsewhere, or none', () => {
  expect(() => refuseOwnMaster(settingsOf({}))).not.toThrow();
  expect(() => refuseOwnMaster({ ...settingsOf({}), MASTER_URL: undefined })).not.toThrow();
  expect(() => refuseOwnMaster(settingsOf({ PORT: '8080' }))).toThrow(/^SELF_URL is/);
});
