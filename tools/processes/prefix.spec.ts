import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { healthyMembers } from './requests';

const WRITERS = 8;
const MESSAGES = 25;

describe('GET /get-all during concurrent inserts', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start({ settings: { SYNC_INTERVAL_SECONDS: '0' } });
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  const shown = (url: string) => cluster.http.json<string[]>(`${url}/get-all`);
  const insert = (message: string) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ message });
    return cluster.http.json(`${cluster.master.url}/insert`, { method: 'POST', headers, body });
  };

  it('is a prefix of the one order on every node at any time, and equal at the end', async () => {
    const seen = new Map<string, string[][]>(cluster.nodes.map(({ name }) => [name, []]));
    let writing = true;
    const watchers = cluster.nodes.map(async ({ name, url }) => {
      while (writing) seen.get(name)?.push(await shown(url));
    });
    const writers = Array.from({ length: WRITERS }, async (_none, writer) => {
      for (let number = 0; number < MESSAGES; number += 1) await insert(`${writer}: ${number}`);
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(watchers);

    const [final, ...others] = await Promise.all(cluster.nodes.map(({ url }) => shown(url)));
    expect(final).toHaveLength(WRITERS * MESSAGES);
    for (const other of others) expect(other).toEqual(final);
    for (const [, views] of seen) {
      expect(views.length).toBeGreaterThan(1);
      for (const view of views) expect(view).toEqual(final?.slice(0, view.length));
      const lengths = views.map(({ length }) => length);
      expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    }
  });
});
