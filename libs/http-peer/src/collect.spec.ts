import { Cluster, portOf, untilEqual, untilVoting } from './testing/cluster';
import { startProxy } from './testing/cutting-proxy';
import { eventually } from './testing/eventually';
import { LIMITS, memoryDisk, type Slave } from './testing/nodes';
import { bodiesOf, take, webhook } from './testing/webhooks';

const NOW = Date.now();
const QUIET = { ...LIMITS, pageEntriesMax: 50 };

describe('collect: the master takes what slaves hold as pending', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  it('brings entries home that were taken before and while it is connected', async () => {
    const master = await cluster.master();
    const [one, two] = [await cluster.slave('slave-1'), await cluster.slave('slave-2')];
    await take(one.log, 'before', 3000, NOW);
    await Promise.all([master.join(one), master.join(two)]);
    await Promise.all([
      take(one.log, 'one', 200, NOW),
      take(two.log, 'two', 200, NOW),
      take(master.log, 'own', 200, NOW),
    ]);
    await untilEqual(master.log, one.log, two.log);
    const bodies = await bodiesOf(master.log);
    expect(bodies).toHaveLength(3600);
    expect(new Set(bodies).size).toBe(3600);
    expect(await bodiesOf(two.log)).toEqual(bodies);
  });

  it('makes one entry and one receipt of a webhook that two nodes took, and both ids find it', async () => {
    const master = await cluster.master();
    const slave = await cluster.slave();
    const [first, copy] = [webhook('same', NOW), webhook('same', NOW + 5000)];
    await master.log.append(first);
    await slave.log.append(copy);
    await slave.log.append(webhook('same second', NOW));
    await master.log.append(webhook('same second', NOW));
    await master.join(slave);
    await untilEqual(master.log, slave.log);
    expect(await bodiesOf(slave.log)).toEqual(['same', 'same second']);
    for (const { log } of [master, slave]) {
      for (const { key } of [first, copy])
        expect((await log.find(key)).map(({ sequence }) => sequence)).toEqual([1]);
    }
  });

  it('goes on after cuts in the middle of the stream, without loss and without copies', async () => {
    const master = await cluster.master({ limits: QUIET });
    const slave = await cluster.slave();
    const proxy = cluster.keep(await startProxy(slave.site.url));
    proxy.cutAfter = 40_000;
    await take(slave.log, 'cut', 2000, NOW);
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: proxy.url });
    await eventually(() => master.log.tail.position.sequence === 2000, 'all collected through cuts');
    expect(proxy.connections()).toBeGreaterThan(5);
    proxy.cutAfter = Infinity;
    await untilEqual(master.log, slave.log);
    expect(new Set(await bodiesOf(master.log)).size).toBe(2000);
    expect(master.replication.secondaries()[0]?.collected).toBe(2000);
  });

  it('stores nothing of a damaged frame, says so once, and goes on when the stream is whole again', async () => {
    const master = await cluster.master();
    const slave = await cluster.slave();
    const proxy = cluster.keep(await startProxy(slave.site.url));
    await take(slave.log, 'flip', 20, NOW);
    proxy.tamper = (chunk) => {
      const at = chunk.indexOf('flip 7');
      if (at < 0) return chunk;
      const changed = Buffer.from(chunk);
      changed[at + 5] = 0x39;
      return changed;
    };
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: proxy.url });
    await eventually(() => master.replication.secondaries()[0]?.lastError === 'DAMAGED_FRAME', 'noticed');
    expect(master.log.tail.position.sequence).toBe(7);
    proxy.tamper = (chunk) => chunk;
    await untilEqual(master.log, slave.log);
    expect(new Set(await bodiesOf(master.log)).size).toBe(20);
    expect(master.logger.lines.filter(({ line }) => line.includes('DAMAGED_FRAME'))).toHaveLength(1);
  });

  it('ends a stream of garbage with BAD_FRAME and takes nothing from it', async () => {
    const master = await cluster.master();
    const slave = await cluster.slave();
    const proxy = cluster.keep(await startProxy(slave.site.url));
    await take(slave.log, 'entry', 20, NOW);
    proxy.tamper = (chunk) => {
      const body = chunk.indexOf('\x00\x00\x00', 0, 'latin1');
      return body < 0
        ? chunk
        : Buffer.concat([chunk.subarray(0, body), Buffer.alloc(chunk.length - body, 0xff)]);
    };
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: proxy.url });
    await eventually(
      () => master.logger.lines.some(({ line }) => /collect.*(BAD_FRAME|PEER_UNREACHABLE)/.test(line)),
      'told',
    );
    expect(master.log.tail.position.sequence).toBe(0);
    proxy.tamper = (chunk) => chunk;
    await untilEqual(master.log, slave.log);
  });

  it.each([true, false])(
    'leaves everything with the slave while this node has no room (collect: %s)',
    async (collect) => {
      let room = false;
      const admit = (): Promise<void> =>
        room ? Promise.resolve() : Promise.reject(Object.assign(new Error('no room'), { code: 'DISK_FULL' }));
      const master = await cluster.master({ collect, admit });
      const slave = await cluster.slave();
      await take(slave.log, 'a', 20, NOW);
      await master.join(slave);
      if (!collect)
        expect(await master.replication.triggerSync()).toMatchObject([{ ok: false, appended: 0 }]);
      await eventually(() => master.replication.secondaries()[0]?.lastError === 'DISK_FULL', 'told');
      expect(master.log.tail.position.sequence).toBe(0);
      room = true;
      if (!collect)
        expect(await master.replication.triggerSync()).toMatchObject([{ ok: true, appended: 20 }]);
      await untilEqual(master.log, slave.log);
      expect(await bodiesOf(slave.log)).toHaveLength(20);
    },
  );

  it('keeps its checkpoint over a restart of the master', async () => {
    const disk = memoryDisk();
    const master = await cluster.master({ disk });
    const slave = await cluster.slave();
    await master.join(slave);
    await take(slave.log, 'a', 100, NOW);
    await untilEqual(master.log, slave.log);
    await cluster.close(master);
    await take(slave.log, 'b', 100, NOW + 200);
    const again = await cluster.master({ disk });
    expect(again.replication.secondaries()[0]?.collected).toBe(100);
    await untilEqual(again.log, slave.log);
    expect(await bodiesOf(again.log)).toHaveLength(200);
  });

  it('loses nothing of a wiped slave that comes back as the same node with a new store', async () => {
    const master = await cluster.master();
    const slave = await cluster.slave();
    await master.join(slave);
    await take(slave.log, 'old disk', 30, NOW);
    await untilVoting(master, 1);
    await untilEqual(master.log, slave.log);
    await cluster.close(slave);
    const wiped: Slave = await cluster.slave('slave-1', { port: portOf(slave) });
    await take(wiped.log, 'new disk', 30, NOW);
    await master.join(wiped);
    await untilEqual(master.log, wiped.log);
    expect(await bodiesOf(wiped.log)).toHaveLength(60);
    expect(master.replication.secondaries()).toHaveLength(1);
  });

  it('ends the live stream promptly when the slave stops, and when the master does', async () => {
    const master = await cluster.master();
    const slave = await cluster.slave();
    await master.join(slave);
    await take(slave.log, 'a', 3, NOW);
    await untilEqual(master.log, slave.log);
    slave.stop.abort();
    await eventually(
      () => master.logger.lines.some(({ line }) => line.startsWith('collect')),
      'the end is noticed',
    );
    await master.replication.stop();
    await eventually(() => openSockets(slave), 'no connection is left');
  });

  it('notices a slave that is connected and silent', async () => {
    const master = await cluster.master({ limits: { ...LIMITS, streamSilenceMs: 60 } });
    const slave = await cluster.slave('slave-1', { limits: { streamHeartbeatMs: 60_000 } });
    await master.join(slave);
    await eventually(
      () => master.replication.secondaries()[0]?.lastError === 'PEER_UNREACHABLE',
      'silence is a failure',
    );
  });
});

function openSockets({ site }: Slave): Promise<boolean> {
  return new Promise((resolve) => site.server.getConnections((_, count) => resolve(count === 0)));
}
