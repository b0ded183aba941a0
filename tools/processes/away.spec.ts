import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { COLLECT_ALONE, RECONCILE_ALONE } from '../cluster/one-way';
import { waitForAgreement } from '../proof/agreement';
import { healthyMembers, post } from './requests';

const AGREE_MS = 60_000;
const WAYS = [
  ['collect', COLLECT_ALONE],
  ['reconciling alone', RECONCILE_ALONE],
] as const;

describe.each(WAYS)('a slave whose master is away, and %s', (_way, settings) => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ slaves: 1, settings });
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  it('takes webhooks, shows them, and brings them home when the master is back', async () => {
    const slave = cluster.node('slave-1');
    await post(cluster, cluster.master, { before: true });
    await cluster.master.kill();

    const numbers = Array.from({ length: 20 }, (_none, number) => number);
    const answers = await Promise.all(numbers.map((number) => post(cluster, slave, { number })));
    expect(answers.every(({ sequence }) => sequence === null)).toBe(true);
    const { entries } = await cluster.http.json<{ entries: unknown[] }>(`${slave.url}/webhooks?limit=1000`);
    expect(entries.length).toBeGreaterThanOrEqual(20);

    await slave.kill(); // what it took is on its disk, not in its memory
    await slave.start();
    await cluster.master.start();
    const [master, copy] = await waitForAgreement(cluster, AGREE_MS);
    expect(master?.entries).toBe(21);
    expect(copy?.chain).toBe(master?.chain);
    expect(answers.every(({ digest }) => master?.byDigest.has(digest))).toBe(true);
  });
});
