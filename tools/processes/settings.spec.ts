import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleOf, requireBuiltApps, type Role } from '../cluster/build';
import { within } from '../cluster/deadline';
import { dieWithParent } from '../cluster/guard';

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

const WRONG: readonly (readonly [Role, string, Record<string, string>])[] = [
  ['master', 'PORT', { PORT: '65536' }],
  ['master', 'PORT', { PORT: 'eighty' }],
  ['master', 'NODE_ID', { NODE_ID: 'a node' }],
  ['master', 'DEDUP_WINDOW_SECONDS', { DEDUP_WINDOW_SECONDS: '-1' }],
  ['master', 'BODY_BYTES_MAX', { BODY_BYTES_MAX: '0' }],
  ['master', 'COLLECT', { COLLECT: 'maybe' }],
  ['master', 'SYNC_INTERVAL_SECONDS', { SYNC_INTERVAL_SECONDS: '1.5' }],
  ['master', 'LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ['master', 'API_KEY', { HOST: '0.0.0.0' }],
  ['master', 'CLUSTER_SECRET', { HOST: '0.0.0.0', API_KEY: 'a-key-of-clients' }],
  ['master', 'PEER_ALLOW', { PEER_ALLOW: '10.0.0.0/33' }],
  ['slave', 'PEER_ALLOW', { PEER_ALLOW: '127.0.0.1, localhost' }],
  ['master', 'TLS_CERT', { TLS_CERT: '/nowhere/cert.pem', TLS_KEY: '/nowhere/key.pem' }],
  ['master', 'TLS_KEY', { TLS_CERT: '/nowhere/cert.pem' }],
  ['slave', 'PEER_CA', { PEER_CA: '/nowhere/ca.pem' }],
  ['slave', 'MASTER_URL', { MASTER_URL: 'nowhere' }],
  ['slave', 'SELF_URL', { SELF_URL: 'ftp://127.0.0.1' }],
  ['slave', 'SELF_URL', { SELF_URL: 'http://127.0.0.1:9999', MASTER_URL: 'http://127.0.0.1:9999' }],
];

describe('a setting that is not allowed', () => {
  let dataDir: string;
  beforeAll(() => {
    requireBuiltApps();
    dataDir = mkdtempSync(join(tmpdir(), 'hooklog-'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('stops the start with exit code 1 and one line that names it', async () => {
    const runs = WRONG.map(async ([role, name, settings]) => ({
      name,
      ...(await run(role, settings, dataDir)),
    }));
    for (const { name, code, stderr } of await Promise.all(runs)) {
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain(name);
    }
  });
});

async function run(role: Role, settings: Record<string, string>, dataDir: string): Promise<Ended> {
  const env = { PATH: process.env['PATH'], PORT: '0', DATA_DIR: dataDir, ...settings };
  const child = spawn(process.execPath, [bundleOf(role)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  dieWithParent(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  try {
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code: await within(`${role} ends`, 60_000, ended), stderr };
  } finally {
    child.kill('SIGKILL');
  }
}
