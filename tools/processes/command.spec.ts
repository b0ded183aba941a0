import { spawn } from 'node:child_process';
import { bundleOf, requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { within } from '../cluster/deadline';
import { dieWithParent } from '../cluster/guard';
import type { NodeProcess } from '../cluster/node-process';
import { healthyMembers } from './requests';

const END_MS = 90_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the program of a node, with a word', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ settings: { API_KEY: 'key-of-operators' } });
    await healthyMembers(cluster, 'key-of-operators');
  });
  afterAll(() => cluster?.remove());

  it('tells the node that runs with the same settings to change its role', async () => {
    const [master, slave] = cluster.nodes as [NodeProcess, NodeProcess];
    const promoted = await run(slave, 'promote');
    expect([promoted.code, promoted.stderr]).toEqual([0, '']);
    expect(JSON.parse(promoted.stdout)).toMatchObject({ committed: true, role: 'master' });

    const refused = await run(master, 'demote');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(JSON.parse(refused.stderr)).toMatchObject({ code: 'NOT_MASTER', master: slave.url });

    expect(JSON.parse((await run(slave, 'demote')).stdout)).toMatchObject({ role: 'slave' });
    expect((await run(master, 'promote')).code).toBe(0);
  });

  it('knows two of them, and says in one line when no node runs', async () => {
    const [, , other] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const unknown = await run(other, 'elect');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      'hooklog-slave: the words are promote and demote, or none\n',
    ]);
    await other.stop();
    const nobody = await run(other, 'promote');
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/^no answer from .*\n$/)]);
  });
});

async function run({ name, role, options }: NodeProcess, word: string): Promise<Ended> {
  const own = { NODE_ID: name, PORT: String(options.port), DATA_DIR: options.dataDir };
  const env = { PATH: process.env['PATH'], ...options.settings, ...own };
  const child = spawn(process.execPath, [bundleOf(role), word], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  dieWithParent(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const code = await within(`${name} ${word} ends`, END_MS, ended);
  return { code, stdout, stderr };
}
