import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { eventually } from '../cluster/deadline';
import { healthyMembers } from './requests';

const WITHIN_MS = 60_000;

describe('an insert with one slave killed', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start();
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  const insert = (message: string) =>
    cluster.http.ask(`${cluster.master.url}/insert?wtimeout=30000`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': message },
      body: JSON.stringify({ message }),
      timeoutMs: WITHIN_MS,
    });
  const shown = () =>
    Promise.all(cluster.nodes.map(({ url }) => cluster.http.json<string[]>(`${url}/get-all`)));

  it('is refused without a trace, and answered when all have it again', async () => {
    expect((await insert('before')).status).toBe(200);
    expect(await shown()).toEqual([['before'], ['before'], ['before']]);

    const slave = cluster.node('slave-1');
    await slave.kill();
    await eventually('the master sees that a slave is away', WITHIN_MS, async () => {
      const { secondaries } = await cluster.http.json<{ secondaries: { health: string }[] }>(
        `${cluster.master.url}/secondaries`,
      );
      return secondaries.some(({ health }) => health === 'UNREACHABLE');
    });
    const refused = await insert('meanwhile');
    expect([refused.status, JSON.parse(refused.body.toString())]).toMatchObject([
      503,
      { code: 'CONCERN_UNREACHABLE' },
    ]);

    await slave.start();
    await healthyMembers(cluster);
    expect((await insert('meanwhile')).status).toBe(200);
    expect(new Set((await shown()).map(String))).toEqual(new Set(['before,meanwhile']));
  });
});
