import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { requireBuiltApps, ROOT } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { dieWithParent } from '../cluster/guard';
import type { NodeProcess } from '../cluster/node-process';
import { waitForAgreement } from '../proof/agreement';
import { healthyMembers, post } from './requests';

const AGREE_MS = 60_000;
const SECRET = 'secret-of-these-nodes';
const MANUAL = { COLLECT: 'off', SYNC_INTERVAL_SECONDS: '0', SYNC_SETTLE_SECONDS: '0' };

interface Report {
  readonly ok: boolean;
  readonly missing: number;
  readonly rounds: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

describe('nodes that only reconcile', () => {
  let cluster: Cluster;
  let slave: NodeProcess;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ slaves: 1, settings: { ...MANUAL, CLUSTER_SECRET: SECRET } });
    slave = cluster.node('slave-1');
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  const triggerSync = async (): Promise<Report> => {
    const url = `${cluster.master.url}/trigger_sync`;
    const { reports } = await cluster.http.json<{ reports: [Report] }>(url, { method: 'POST' });
    return reports[0];
  };
  /** As an operator runs it. */
  const verify = async (): Promise<{ code: number | null; text: string }> => {
    const args = ['--import', 'tsx', 'tools/verify/main.ts', cluster.master.url, slave.url, '--settle', '0'];
    const env = {
      ...process.env,
      CLUSTER_SECRET: SECRET,
      TSX_TSCONFIG_PATH: join(ROOT, 'tools/tsconfig.json'),
    };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
    dieWithParent(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, text };
  };
  const nextSecond = (): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));

  it('find what one of them lacks, and an operator sees it', async () => {
    for (let number = 0; number < 20; number += 1) await post(cluster, slave, { number });
    await post(cluster, cluster.master, { other: true });
    await nextSecond();
    const before = await verify();
    expect(before.code).toBe(1);
    expect(before.text.match(new RegExp(`^only ${slave.url} has`, 'gm'))).toHaveLength(20);
    expect(await triggerSync()).toMatchObject({ ok: true, missing: 20 });
    await waitForAgreement(cluster, AGREE_MS);
    expect((await verify()).code).toBe(0);
  });

  it('agree on a webhook that both took at different seconds, which costs nothing afterwards', async () => {
    await post(cluster, slave, { both: true });
    await nextSecond();
    await post(cluster, cluster.master, { both: true }); // which does not know of the slave's
    expect(await triggerSync()).toMatchObject({ ok: true, missing: 1 });
    const [master, copy] = await waitForAgreement(cluster, AGREE_MS);
    expect([master?.entries, copy?.entries]).toEqual([22, 22]);
    const after = await triggerSync();
    expect(after).toMatchObject({ ok: true, missing: 0, rounds: 1 });
    expect(after.bytesUp + after.bytesDown).toBeLessThan(800);
  });

  it('are equal again after each was killed while they compared and took webhooks', async () => {
    let taken = 22;
    for (let cycle = 0; cycle < 6; cycle += 1) {
      const victim = cycle % 2 === 0 ? slave : cluster.master;
      const posts = Array.from({ length: 30 }, (_none, number) =>
        post(cluster, slave, { cycle, number }).then(
          () => 1,
          () => 0,
        ),
      );
      const sync = triggerSync().catch(() => undefined);
      await Promise.race(posts);
      await victim.kill();
      await Promise.all(posts);
      await sync;
      await victim.start();
      // what was on its way when a node died may be stored: sent again, it is a copy
      for (let number = 0; number < 30; number += 1) await post(cluster, slave, { cycle, number });
      taken += 30;
    }
    await healthyMembers(cluster);
    await nextSecond();
    expect(await triggerSync()).toMatchObject({ ok: true });
    const [master, copy] = await waitForAgreement(cluster, AGREE_MS);
    expect(master?.entries).toBe(taken);
    expect(copy?.chain).toBe(master?.chain);
    expect((await verify()).code).toBe(0);
  });
});
