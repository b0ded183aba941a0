import request from 'supertest';
import type { RunningNode } from '../start';
import {
  eventually,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from '../testing/memory-cluster';

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
    const onSlave = await metricsOf(slave);
    const values = ['master', 'log_sequence', 'committed_sequence', 'pending_entries', 'ready'].map((name) =>
      onSlave.get(`hooklog_${name}`),
    );
    expect(values).toEqual([0, 0, 0, 3, 1]);
    expect([...onSlave.keys()].filter((name) => name.includes('slave='))).toEqual([]);
    expect(onSlave.get('hooklog_master_silence_seconds')).toBeLessThan(15);
    expect(onSlave.get('hooklog_trouble{code="NO_MASTER"}')).toBe(0);
    expect(onSlave.get('hooklog_webhook_answers_total{source="",status="200",code="OK"}')).toBe(3);
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
    expect([of('slave_lag_bytes'), of('slave_lag_seconds'), of('slave_voting')]).toEqual([0, 0, 1]);
    expect([metrics.get('hooklog_voters'), metrics.get('hooklog_healthy_voters')]).toEqual([2, 2]);
  });

  it('tells how far behind a slave is that is away, in entries, bytes and seconds, and that there is no majority', async () => {
    let now = Date.now();
    const master = keep(await startMemoryMaster({}, undefined, () => now));
    const slave = await startMemorySlave({ MASTER_URL: `http://127.0.0.1:${master.port}` });
    await untilVoting(master, 1);
    await request(`http://127.0.0.1:${master.port}`).post('/webhook?wc=all').send({ n: 0 }).expect(200);
    await slave.stop.run(0, quiet);
    for (const n of [1, 2]) {
      now += 60_000;
      await request(`http://127.0.0.1:${master.port}`).post('/webhook').send({ n }).expect(200);
    }
    now += 5_000;
    const unhealthy = 'hooklog_slave_healthy{slave="slave"}';
    await eventually(async () => (await metricsOf(master)).get(unhealthy) === 0);
    const metrics = await metricsOf(master);
    const of = (name: string): number | undefined => metrics.get(`hooklog_slave_lag_${name}{slave="slave"}`);
    const records = await master.log.records({ sequence: 1, n: 9 });
    const bytes = records.reduce((sum, { frame }) => sum + frame.length, 0);
    expect([of('entries'), of('bytes'), of('seconds')]).toEqual([2, bytes, 65]);
    expect(metrics.get('hooklog_trouble{code="NO_QUORUM"}')).toBe(1);
    expect(metrics.get('hooklog_ready')).toBe(1);
    const { body } = await request(`http://127.0.0.1:${master.port}`).get('/readyz').expect(200);
    expect(body.warnings).toEqual([
      { code: 'NO_QUORUM', detail: expect.stringContaining('Of 2 voting members 1 are HEALTHY') },
    ]);
  });

  it('has histograms that add up: of each phase, of fsyncs and of batches', async () => {
    const master = keep(await startMemoryMaster());
    const url = `http://127.0.0.1:${master.port}`;
    for (const n of [1, 2]) await request(url).post('/webhook').send({ n }).expect(200);
    await request(url).post('/webhook?wc=majority').send({ n: 3 }).expect(200);
    await request(url).post('/webhook').send({ n: 3 }).expect(200);
    const metrics = await metricsOf(master);
    const phases = ['read', 'identify', 'commit', 'replicate'].map((phase) => {
      const last = metrics.get(`hooklog_webhook_phase_seconds_bucket{phase="${phase}",le="+Inf"}`);
      const count = metrics.get(`hooklog_webhook_phase_seconds_count{phase="${phase}"}`);
      expect(last).toBe(count);
      return count;
    });
    expect(phases).toEqual([4, 4, 4, 1]);
    const fsyncs = metrics.get('hooklog_fsync_seconds_count')!;
    expect(fsyncs).toBeGreaterThanOrEqual(4);
    expect(metrics.get('hooklog_batch_entries_count')).toBe(fsyncs);
    expect(metrics.get('hooklog_batch_bytes_sum')).toBeGreaterThan(100);
    expect(
      metrics.get('hooklog_duplicates_total{rule="key"}') ??
        metrics.get('hooklog_duplicates_total{rule="body"}'),
    ).toBe(1);
    expect(metrics.get('hooklog_body_bytes_in_flight')).toBe(0);
    expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(metrics.get('process_cpu_user_seconds_total')).toBeGreaterThan(0);
  });
});
