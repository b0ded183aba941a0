import { rmSync } from 'node:fs';
import { load, memoryOf } from '../bench/measure';
import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import type { NodeProcess } from '../cluster/node-process';
import { waitForAgreement } from '../proof/agreement';
import { healthyMembers } from './requests';

const ENTRIES = 20_000;
const MEANWHILE = 2_000;
const AGREE_MS = 120_000;
/** a batch each of records read, encoded and sent, and what V8 has not collected yet; the entries are 160 MiB */
const GROWTH_MIB = 96;

describe('a slave that was away', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ slaves: 1, settings: { SYNC_INTERVAL_SECONDS: '0', LOG_LEVEL: 'warn' } });
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  const fill = async (requests: number): Promise<void> => {
    const result = await load(cluster.master.url, { connections: 32, seconds: 600, requests, body: '8k' });
    expect(result).toMatchObject({ requests, errors: 0 });
  };
  const memoryOfNode = ({ pid }: NodeProcess): number => memoryOf(pid ?? 0).ownMib;

  it('catches up while writes go on, and costs its master no memory', async () => {
    const [slave] = cluster.slaves as [NodeProcess];
    await slave.kill();
    await fill(ENTRIES);
    const before = memoryOfNode(cluster.master);
    await slave.start();
    await fill(MEANWHILE);
    const [master, copy] = await waitForAgreement(cluster, AGREE_MS);
    expect(master?.entries).toBe(ENTRIES + MEANWHILE);
    expect(copy?.chain).toBe(master?.chain);
    expect(memoryOfNode(cluster.master) - before).toBeLessThan(GROWTH_MIB);
  });

  it('with an empty disk is a learner until it has everything, and then counts again', async () => {
    const [slave] = cluster.slaves as [NodeProcess];
    await slave.kill();
    rmSync(slave.options.dataDir, { recursive: true });
    await slave.start();
    await healthyMembers(cluster);
    const [master, copy] = await waitForAgreement(cluster, AGREE_MS);
    expect(copy?.entries).toBe(ENTRIES + MEANWHILE);
    expect(copy?.chain).toBe(master?.chain);
  });
});
