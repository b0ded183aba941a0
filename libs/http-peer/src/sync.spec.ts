import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import { RECONCILE_LIMITS } from '@hooklog/sync-protocol';
import { PEER_LIMITS } from './limits';
import { PeerClient } from './peer-client';
import { runReconcile } from './reconcile-run';
import { Cluster, untilEqual } from './testing/cluster';
import { startProxy } from './testing/cutting-proxy';
import { eventually } from './testing/eventually';
import { withFingerprints } from './testing/fingerprints';
import { LIMITS, memoryDisk, NO_SYNC, ACCESS } from './testing/nodes';
import { bodiesOf, take, webhook } from './testing/webhooks';

const NOW = Date.now() - 60_000;
const SYNC_ONLY = { collect: false, sync: NO_SYNC };

describe('a comparison brings home what collect did not', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  it('alone: everything from several slaves, also with no entry in common', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const [one, two] = [await cluster.slave('slave-1'), await cluster.slave('slave-2')];
    await Promise.all([
      take(one.log, 'one', 1500, NOW, 7),
      take(two.log, 'two', 1500, NOW, 7),
      take(master.log, 'own', 500, NOW, 7),
    ]);
    await Promise.all([master.join(one), master.join(two)]);
    const reports = await master.replication.triggerSync();
    expect(reports.map(({ id, ok, received, appended }) => ({ id, ok, received, appended }))).toEqual([
      { id: 'slave-1', ok: true, received: 1500, appended: 1500 },
      { id: 'slave-2', ok: true, received: 1500, appended: 1500 },
    ]);
    await untilEqual(master.log, one.log, two.log);
    expect(new Set(await bodiesOf(one.log)).size).toBe(3500);
  });

  it('a second run sends nothing and writes nothing', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    await take(slave.log, 'a', 100, NOW);
    await master.join(slave);
    await master.replication.triggerSync();
    await untilEqual(master.log, slave.log);
    const [again] = await master.replication.triggerSync();
    expect(again).toMatchObject({
      ok: true,
      complete: true,
      compared: 100,
      missing: 0,
      received: 0,
      lacking: 0,
    });
    expect(again).toMatchObject({ rounds: 1, appended: 0, receipts: 0 });
    expect((again?.bytesUp ?? 0) + (again?.bytesDown ?? 0)).toBeLessThan(600);
    expect(master.log.tail.position.sequence).toBe(100);
  });

  it('makes one entry and one receipt of a copy, and empties the slave’s pending, whatever the copy’s second', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    const [first, copy] = [webhook('same', NOW), webhook('same', NOW + 5000)];
    await master.log.append(first);
    await master.log.append(webhook('same second', NOW));
    await slave.log.append(copy);
    await slave.log.append(webhook('same second', NOW));
    await master.join(slave);
    // The slave first follows: its copy of the same second is then hidden behind the master's entry.
    await eventually(() => slave.log.tail.position.sequence === 2, 'followed');
    expect(slave.log.pendingEntries).toBe(2);
    const [report] = await master.replication.triggerSync();
    expect(report).toMatchObject({ ok: true, received: 2, appended: 0, receipts: 2 });
    await untilEqual(master.log, slave.log);
    expect(await master.replication.triggerSync()).toMatchObject([{ rounds: 1, missing: 0, compared: 2 }]);
    for (const { log } of [master, slave]) {
      for (const { key } of [first, copy])
        expect((await log.find(key)).map(({ sequence }) => sequence)).toEqual([1]);
    }
  });

  it('keeps what came before a cut, and the next run brings the rest', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    const proxy = cluster.keep(await startProxy(slave.site.url));
    await take(slave.log, 'cut', 2000, NOW, 10);
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: proxy.url });
    await eventually(() => master.replication.secondaries()[0]?.health === 'HEALTHY', 'joined');
    proxy.cutAfter = 200_000;
    const [cut] = await master.replication.triggerSync();
    expect(cut).toMatchObject({ ok: false, complete: false, error: { code: 'PEER_UNREACHABLE' } });
    const kept = cut?.appended ?? 0;
    expect(kept).toBeGreaterThan(100);
    expect(kept).toBeLessThan(2000);
    expect(cut?.missing).toBe(kept);
    proxy.cutAfter = Infinity;
    const [rest] = await master.replication.triggerSync();
    expect(rest).toMatchObject({ ok: true, complete: true });
    expect(rest?.appended).toBe(2000 - kept);
    await untilEqual(master.log, slave.log);
    expect(new Set(await bodiesOf(slave.log)).size).toBe(2000);
  });

  it('misses nothing of a slave with a slow clock: it is only compared as far as that clock is', async () => {
    const lateMs = 600_000;
    const limits = { clockSkewMsMax: 2 * lateMs };
    const master = await cluster.master({ ...SYNC_ONLY, limits });
    const slave = await cluster.slave('slave-1', { limits, now: () => Date.now() - lateMs });
    await take(slave.log, 'before', 10, Date.now() - lateMs - 5000);
    await master.join(slave);
    expect(await master.replication.triggerSync()).toMatchObject([{ ok: true, appended: 10 }]);
    await take(slave.log, 'after', 10, Date.now() - lateMs);
    const [report] = await master.replication.triggerSync();
    expect(report).toMatchObject({ ok: true, appended: 10 });
    expect(report?.clockOffsetMs).toBeLessThan(10_000 - lateMs);
    expect(report?.to).toBeLessThan(Date.now() + 10_000 - lateMs);
    await untilEqual(master.log, slave.log);
    const told = master.logger.lines.filter(({ line }) => line.includes('clock'));
    expect(told).toMatchObject([{ level: 'warn', fields: { peer: 'slave-1' } }]);
  });

  it('leaves entries that are too young to a later run', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    await take(slave.log, 'old', 3, Date.now() - 90_000);
    await take(slave.log, 'young', 3, Date.now() - 10_000);
    await master.join(slave);
    expect(await master.replication.triggerSync({ settleMs: 60_000 })).toMatchObject([{ appended: 3 }]);
    // the first one runs at once, the others share the next: as far as any of them wants
    const settled = [60_000, 60_000, 0, 60_000];
    const runs = settled.map((settleMs) => master.replication.triggerSync({ settleMs }));
    const shared = [{ appended: 3 }];
    expect(await Promise.all(runs)).toMatchObject([[{ appended: 0 }], shared, shared, shared]);
  });

  it('runs on its schedule', async () => {
    const master = await cluster.master({
      collect: false,
      sync: { ...NO_SYNC, enabled: true, intervalMs: 30 },
    });
    const slave = await cluster.slave();
    await master.join(slave);
    await take(slave.log, 'a', 40, NOW);
    await untilEqual(master.log, slave.log);
    await take(slave.log, 'b', 40, Date.now());
    await untilEqual(master.log, slave.log);
    expect(master.replication.secondaries()[0]?.lastSync).toMatchObject({ ok: true });
  });

  it('reports one slave’s failure without stopping the others, and shares one next run among all who ask meanwhile', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    await take(slave.log, 'a', 500, NOW);
    await master.replication.register({ node: 'dead', store: 'f'.repeat(16), url: 'http://127.0.0.1:9' });
    await master.join(slave);
    const runs = await Promise.all([1, 2, 3, 4].map(() => master.replication.triggerSync()));
    for (const [dead, well] of runs) {
      expect(dead).toMatchObject({ id: 'dead', ok: false, error: { code: 'PEER_UNREACHABLE' } });
      expect(well).toMatchObject({ id: 'slave-1', ok: true });
    }
    const [first, second, third, fourth] = runs.map(([, well]) => well);
    expect(second).not.toBe(first);
    expect([third, fourth]).toEqual([second, second]);
    expect(third).toBe(fourth);
  });

  it('takes more pending entries than one answer sorts in memory: the comparison finds the others', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave('slave-1', { limits: { pendingKeysMax: 10 } });
    await take(slave.log, 'many', 200, NOW, 250);
    await master.join(slave);
    expect(await master.replication.triggerSync()).toMatchObject([
      { ok: true, complete: true, missing: 200, received: 200, appended: 200 },
    ]);
    await untilEqual(master.log, slave.log);
  });

  it('goes on until nothing is left where there is more than one comparison tells', async () => {
    const limits = { reconcile: { ...RECONCILE_LIMITS, differencesMax: 30 }, pendingKeysMax: 10 };
    const master = await cluster.master({ ...SYNC_ONLY, limits: { ...LIMITS, ...limits } });
    const slave = await cluster.slave('slave-1', { limits });
    await take(slave.log, 'many', 200, NOW, 250);
    await master.join(slave);
    expect(await master.replication.triggerSync()).toMatchObject([
      { ok: true, complete: true, received: 200, appended: 200 },
    ]);
    await untilEqual(master.log, slave.log);
  });

  it('says how many entries it found and did not get', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const lost = [0, 1, 2].map((i) => webhook(`lost ${i}`, NOW + i * 1000).key);
    const seen = (log: OrderedLog): OrderedLog => withFingerprints(log, lost);
    const slave = await cluster.slave('slave-1', { seen });
    await master.join(slave);
    expect(await master.replication.triggerSync()).toMatchObject([
      { ok: true, complete: true, missing: 3, received: 0, appended: 0 },
    ]);
  });

  it('tells of entries that a slave has acknowledged and does not know', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave('slave-1', { seen: (log) => withFingerprints(log, []) });
    await take(master.log, 'a', 5, NOW);
    await master.join(slave);
    await untilEqual(master.log, slave.log);
    await eventually(() => master.replication.secondaries()[0]?.sequence === 5, 'acknowledged');
    expect(await master.replication.triggerSync()).toMatchObject([{ ok: true, missing: 0, lacking: 5 }]);
    expect(master.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ peer: 'slave-1' }) }),
    );
  });

  it('does not tell of entries that are on their way', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    await take(master.log, 'a', 5, NOW);
    const { url } = slave.site;
    const limits = { ...PEER_LIMITS, ...LIMITS };
    const client = new PeerClient({ self: 'master', url, access: ACCESS, limits });
    const { node, store } = slave.log;
    // two more are acknowledged while they are compared
    const acknowledged = [3, 5];
    const held = (): number => acknowledged.shift()!;
    const report = await runReconcile(
      {
        ...{ log: master.log, member: { node, store, url }, held, client, limits },
        ...{ now: Date.now, stop: new AbortController().signal },
      },
      0,
    );
    client.close();
    expect(report).toMatchObject({ ok: true, complete: true, compared: 5, missing: 0, lacking: 3 });
  });

  it('takes more hidden pending entries than one answer sorts in memory, in several runs', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave('slave-1', { limits: { pendingKeysMax: 10 } });
    for (let i = 0; i < 25; i += 1) {
      await master.log.append(webhook(`both ${i}`, NOW + i * 1000));
      await slave.log.append(webhook(`both ${i}`, NOW + i * 1000));
    }
    await master.join(slave);
    await eventually(
      () => slave.log.tail.position.sequence === 25,
      'followed: every pending entry is hidden',
    );
    for (let run = 0; run < 5 && slave.log.pendingEntries > 0; run += 1) {
      const before = slave.log.pendingEntries;
      expect(await master.replication.triggerSync()).toMatchObject([{ ok: true }]);
      await eventually(() => slave.log.pendingEntries < before, 'receipts came back');
    }
    expect(slave.log.pendingEntries).toBe(0);
    expect(await bodiesOf(master.log)).toHaveLength(25);
  });

  it('takes a copy once, also while its member does not follow', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    await master.log.append(webhook('same', NOW));
    await slave.log.append(webhook('same', NOW + 5000));
    const { url } = slave.site;
    const { node, store } = slave.log;
    const limits = { ...PEER_LIMITS, ...LIMITS };
    const client = new PeerClient({ self: 'master', url, access: ACCESS, limits });
    const stop = new AbortController().signal;
    const member = { node, store, url };
    const context = { log: master.log, member, held: () => 0, client, limits, now: Date.now, stop };
    expect(await runReconcile(context, 0)).toMatchObject({ missing: 1, received: 1, receipts: 1 });
    expect(await runReconcile(context, 0)).toMatchObject({ missing: 1, received: 1, receipts: 0 });
    client.close();
  });

  it('takes nothing while this node must not write', async () => {
    let mayWrite = false;
    const admit = (): Promise<void> =>
      mayWrite ? Promise.resolve() : Promise.reject(new LogError('STORE_FAILED', 'the disk is full'));
    const master = await cluster.master({ ...SYNC_ONLY, admit });
    const slave = await cluster.slave();
    await take(slave.log, 'a', 10, NOW);
    await master.join(slave);
    const full = { ok: false, error: { code: 'STORE_FAILED' }, received: 0, appended: 0 };
    expect(await master.replication.triggerSync()).toMatchObject([full]);
    expect(master.log.tail.position.sequence).toBe(0);
    mayWrite = true;
    expect(await master.replication.triggerSync()).toMatchObject([{ ok: true, appended: 10 }]);
  });

  it('brings home all but what is damaged, of which operators are told', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const disk = memoryDisk();
    const slave = await cluster.slave('slave-1', { disk });
    await take(slave.log, 'a', 20, NOW, 1000);
    for await (const [key, frame] of disk.log.iterator())
      if (frame.includes('"a 7"'))
        await disk.log.put(key, frame.fill('b', frame.indexOf('"a 7"'), frame.length));
    await master.join(slave);
    const [report] = await master.replication.triggerSync();
    expect(report).toMatchObject({ ok: true, missing: 20, received: 19, appended: 19 });
    expect(slave.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(await bodiesOf(master.log)).not.toContain('a 7');
    expect(new Set(await bodiesOf(master.log)).size).toBe(19);
  });

  it('asks for the registration when the store is another one', async () => {
    const master = await cluster.master(SYNC_ONLY);
    const slave = await cluster.slave();
    await master.replication.register({ node: 'slave-1', store: 'e'.repeat(16), url: slave.site.url });
    expect(await master.replication.triggerSync()).toMatchObject([
      { ok: false, error: { code: 'STORE_CHANGED' } },
    ]);
    await take(slave.log, 'a', 3, NOW);
    await master.join(slave);
    expect(await master.replication.triggerSync()).toMatchObject([{ ok: true, appended: 3 }]);
  });

  it('survives a slave that answers garbage', async () => {
    const master = await cluster.master({ ...SYNC_ONLY, limits: LIMITS });
    const slave = await cluster.slave();
    const proxy = cluster.keep(await startProxy(slave.site.url));
    await take(slave.log, 'a', 50, NOW);
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: proxy.url });
    proxy.tamper = (chunk) => {
      const at = chunk.indexOf('"text":"a 20"');
      if (at < 0) return chunk;
      const changed = Buffer.from(chunk);
      return changed.fill(0xee, at, at + 400);
    };
    const [report] = await master.replication.triggerSync();
    expect(['BAD_FRAME', 'DAMAGED_FRAME']).toContain(report?.error?.code);
    proxy.tamper = (chunk) => chunk;
    expect(await master.replication.triggerSync()).toMatchObject([{ ok: true }]);
    await untilEqual(master.log, slave.log);
  });
});
