import request from 'supertest';
import type { RunningNode } from './start';
import {
  eventually,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

const nodes: RunningNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0).reverse()) await node.stop.run(0, quiet);
});

function keep(node: RunningNode): RunningNode {
  nodes.push(node);
  return node;
}

/** Samples by their name and labels. */
async function metricsOf({ port }: RunningNode): Promise<ReadonlyMap<string, number>> {
  const { text } = await request(`http://127.0.0.1:${port}`).get('/metrics').expect(200);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => line.split(' ')).map(([name, value]) => [name!, Number(value)]));
}

describe('GET /metrics', () => {
  it('tells of a master, its slaves, and the last comparison with each', async () => {
    const master = keep(await startMemoryMaster({ COLLECT: 'off' }));
    const slave = keep(await startMemorySlave({ MASTER_URL: `http://127.0.0.1:${master.port}` }));
    await untilVoting(master, 1);
    for (const n of [1, 2, 3])
      await request(`http://127.0.0.1:${slave.port}`).post('/webhook').send({ n }).expect(200);
    expect(await metricsOf(slave)).toEqual(
      new Map([
        ['hooklog_master', 0],
        ['hooklog_log_sequence', 0],
        ['hooklog_committed_sequence', 0],
        ['hooklog_pending_entries', 3],
      ]),
    );
    expect([...(await metricsOf(master)).keys()].filter((name) => name.includes('reconcile'))).toEqual([]);

    const before = Date.now() / 1000;
    await request(`http://127.0.0.1:${master.port}`).post('/trigger_sync?settle=0').expect(200);
    await eventually(
      async () => (await metricsOf(master)).get('hooklog_slave_lag_entries{slave="slave"}') === 0,
    );
    const metrics = await metricsOf(master);
    const of = (name: string): number | undefined => metrics.get(`hooklog_${name}{slave="slave"}`);
    expect([metrics.get('hooklog_master'), metrics.get('hooklog_log_sequence')]).toEqual([1, 3]);
    expect([of('slave_healthy'), of('reconcile_ok')]).toEqual([1, 1]);
    expect([of('reconcile_missing_entries'), of('reconcile_lacking_entries')]).toEqual([3, 0]);
    expect(of('reconcile_bytes')).toBeGreaterThan(300);
    expect(of('reconcile_timestamp_seconds')).toBeGreaterThan(before - 1);
    expect(of('clock_offset_seconds')).toBeLessThan(1);
  });
});
