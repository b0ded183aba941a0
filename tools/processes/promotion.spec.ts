import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { eventually } from '../cluster/deadline';
import type { NodeProcess } from '../cluster/node-process';
import { waitForAgreement } from '../proof/agreement';
import { healthyMembers, post } from './requests';

const AGREE_MS = 60_000;
const BEFORE = 20;
const CUT_OFF = 30;

interface Health {
  readonly role: string;
  readonly epoch: number;
}

const promote = ({ http }: Cluster, { url }: NodeProcess) =>
  http.json<{ epoch: number; committed: boolean }>(`${url}/promote`, { method: 'POST', timeoutMs: 60_000 });

const healthOf = ({ http }: Cluster, { url }: NodeProcess) => http.json<Health>(`${url}/healthcheck`);

describe('a slave that is promoted while the old master is alive and cut off', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ links: true, settings: { SYNC_INTERVAL_SECONDS: '0' } });
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  const sendTo = (node: NodeProcess, text: string, count: number, query = '') =>
    Promise.all(
      Array.from({ length: count }, (_none, number) => post(cluster, node, { text, number }, query)),
    );

  it('loses nothing, doubles nothing, and the rollback files name exactly what moved', async () => {
    const [old, next, other] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const common = await sendTo(old, 'before', BEFORE, 'wc=all');
    cluster.cutOff(old.name);
    const alone = await sendTo(old, 'old master, alone', CUT_OFF);
    expect(alone.every(({ sequence }) => sequence !== null)).toBe(true);
    expect(await promote(cluster, next)).toMatchObject({ committed: true });

    const majority = await sendTo(next, 'new master', CUT_OFF, 'wc=majority');
    const meanwhile = await sendTo(old, 'old master, still alone', CUT_OFF);
    const pending = await sendTo(other, 'slave', 5);
    // else the old master takes some of these, too, before it is told that it is over
    await eventually('the new master has collected', AGREE_MS, async () => {
      const { pending: waiting } = await cluster.http.json<{ pending: number }>(`${other.url}/healthcheck`);
      return waiting === 0;
    });
    cluster.heal();

    const expected = [common, alone, majority, meanwhile, pending].flat();
    const nodes = await waitForAgreement(cluster, AGREE_MS);
    for (const node of nodes) {
      expect(node.entries).toBe(expected.length);
      expect(node.chain).toBe(nodes[0]?.chain);
      expect(expected.every(({ digest }) => node.byDigest.has(digest))).toBe(true);
    }
    const roles = await Promise.all(cluster.nodes.map((node) => healthOf(cluster, node)));
    expect(roles.map(({ role }) => role)).toEqual(['slave', 'master', 'slave']);
    expect(new Set(roles.map(({ epoch }) => epoch)).size).toBe(1);

    const moved = await eventually('the rollback file is written', 10_000, () => movedFrom(old));
    const keys = [...alone, ...meanwhile].map(({ key }) => key);
    expect(moved.map(({ key }) => key).sort()).toEqual(keys.sort());
    expect(movedFrom(next)).toBe(false);
    expect(movedFrom(other)).toBe(false);
  });

  it('hands over again while all are up, and the old master leads once more after a restart of all', async () => {
    const [old] = cluster.nodes as [NodeProcess];
    expect(await promote(cluster, old)).toMatchObject({ committed: true });
    await post(cluster, old, { text: 'led again' }, 'wc=majority');
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await eventually('it leads', 30_000, async () => (await healthOf(cluster, old)).role === 'master');
    await eventually('a majority has what is written', 30_000, () =>
      post(cluster, old, { text: 'after the restart' }, 'wc=majority'),
    );
    const nodes = await waitForAgreement(cluster, AGREE_MS);
    expect(new Set(nodes.map(({ chain }) => chain)).size).toBe(1);
  });
});

interface Moved {
  readonly type: string;
  readonly key: string;
}

/** The entries that the rollback files of a node name; false when there is none. */
function movedFrom({ options }: NodeProcess): Moved[] | false {
  const folder = join(options.dataDir, 'rollback');
  const files = readdirSync(options.dataDir).includes('rollback') ? readdirSync(folder) : [];
  if (files.length === 0) return false;
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'));
  return lines.map((line) => JSON.parse(line) as Moved).filter(({ type }) => type === 'entry');
}
