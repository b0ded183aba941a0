import { requireBuiltApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { eventually } from '../cluster/deadline';
import { healthyMembers, post } from './requests';

const VISIBLE_MS = 2_000;

describe('a cluster of three processes', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    requireBuiltApps();
    cluster = await Cluster.start();
    await healthyMembers(cluster);
  });
  afterAll(() => cluster?.remove());

  it('shows what was posted to any node on all nodes within 2 s, in one order', async () => {
    const posts = cluster.nodes.flatMap((node) =>
      [1, 2, 3, 4].map((number) => post(cluster, node, { number, sentTo: node.name })),
    );
    const answers = await Promise.all(posts);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(12);

    const shown = await eventually('12 entries on every node', VISIBLE_MS, async () => {
      const all = await Promise.all(
        cluster.nodes.map((node) => cluster.http.json<object[]>(`${node.url}/get-all`)),
      );
      return all.every((bodies) => bodies.length === 12) && all;
    });
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
  });

  it('answers 64 copies of one webhook at once on three nodes, and stores one entry', async () => {
    const copies = Array.from({ length: 64 }, (_none, index) => cluster.nodes[index % 3] ?? cluster.master);
    const answers = await Promise.all(copies.map((node) => post(cluster, node, { copied: true })));
    expect(new Set(answers.map(({ digest }) => digest)).size).toBe(1);
    expect(answers).toHaveLength(64);

    const shown = await eventually('nothing is pending and all nodes have 13 entries', 30_000, async () => {
      const all = await Promise.all(
        cluster.nodes.map((node) =>
          cluster.http.json<{ sequence: number; pending: number }>(`${node.url}/healthcheck`),
        ),
      );
      return all.every(({ sequence, pending }) => sequence === 13 && pending === 0) && all;
    });
    expect(shown).toHaveLength(3);
  });

  it('stops every node with exit code 0 on SIGTERM', async () => {
    expect(await cluster.stop()).toEqual([0, 0, 0]);
  });
});
