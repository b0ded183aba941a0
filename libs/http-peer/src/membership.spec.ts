import { Cluster, portOf, untilEqual } from './testing/cluster';
import { eventually } from './testing/eventually';
import { memoryDisk, startRegistration } from './testing/nodes';
import { bodiesOf, take } from './testing/webhooks';

const NOW = Date.now();
const OTHER = { node: 'slave-2', store: 'e'.repeat(16), url: 'http://127.0.0.1:9' };

describe('membership', () => {
  const cluster = new Cluster();
  const stops: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const { stop } of stops.splice(0).map((one) => ({ stop: () => one.stop() }))) await stop();
    await cluster.closeAll();
  });

  it('a slave registers itself and everything flows', async () => {
    const [master, slave] = [await cluster.master(), await cluster.slave()];
    const registration = startRegistration(master.site, slave);
    stops.push(registration);
    await take(slave.log, 'a', 10, NOW);
    await untilEqual(master.log, slave.log);
    expect(registration.registered).toBe(true);
  });

  it('a slave that starts first waits for its master, and says so once', async () => {
    const slave = await cluster.slave();
    const placeholder = await cluster.slave('port');
    const port = portOf(placeholder);
    await cluster.close(placeholder);
    stops.push(startRegistration({ url: `http://127.0.0.1:${port}` }, slave));
    await take(slave.log, 'a', 10, NOW);
    await eventually(() => slave.logger.lines.length > 0, 'told');
    const master = await cluster.master({ port });
    await untilEqual(master.log, slave.log);
    expect(slave.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('registers again at a master that lost its disk, and brings back what that slave still holds as pending', async () => {
    const first = await cluster.master();
    const slave = await cluster.slave();
    stops.push(startRegistration(first.site, slave, 100));
    await eventually(() => first.replication.secondaries()[0]?.health === 'HEALTHY', 'joined');
    const port = Number(new URL(first.site.url).port);
    await cluster.close(first);
    await take(slave.log, 'while away', 10, NOW);
    const second = await cluster.master({ port });
    expect(second.replication.secondaries()).toEqual([]);
    await eventually(() => second.replication.secondaries().length === 1, 'registered again');
    await eventually(async () => (await bodiesOf(second.log)).length === 10, 'collected');
  });

  it('both sides restart', async () => {
    const [masterDisk, slaveDisk] = [memoryDisk(), memoryDisk()];
    const first = await cluster.master({ disk: masterDisk });
    const slave = await cluster.slave('slave-1', { disk: slaveDisk });
    await first.join(slave);
    await take(slave.log, 'a', 10, NOW);
    await untilEqual(first.log, slave.log);
    await cluster.close(slave);
    await cluster.close(first);
    const back = await cluster.slave('slave-1', { disk: slaveDisk });
    await take(back.log, 'b', 10, NOW + 100);
    const master = await cluster.master({ disk: masterDisk });
    stops.push(startRegistration(master.site, back));
    await untilEqual(master.log, back.log);
    expect(await bodiesOf(back.log)).toHaveLength(20);
  });

  it('refuses a slave that names itself as the master, by node and by store', async () => {
    const master = await cluster.master();
    const itself = { node: master.log.node, store: master.log.store, url: master.site.url };
    for (const member of [itself, { ...itself, node: 'other' }, { ...itself, store: 'e'.repeat(16) }]) {
      await expect(master.replication.register(member)).rejects.toMatchObject({ code: 'SELF_REGISTRATION' });
    }
    expect(master.replication.secondaries()).toEqual([]);
  });

  it('refuses one store under two names, and more members than the limit', async () => {
    const master = await cluster.master({ limits: { slavesMax: 1 } });
    await master.replication.register(OTHER);
    await expect(master.replication.register({ ...OTHER, node: 'copy' })).rejects.toMatchObject({
      code: 'BAD_REGISTRATION',
    });
    const more = { ...OTHER, node: 'more', store: 'd'.repeat(16) };
    await expect(master.replication.register(more)).rejects.toMatchObject({ code: 'BAD_REGISTRATION' });
  });

  it('many registrations of one slave at once make one member', async () => {
    const [master, slave] = [await cluster.master(), await cluster.slave()];
    await Promise.all(Array.from({ length: 20 }, () => master.join(slave)));
    expect(master.replication.secondaries()).toHaveLength(1);
    await take(master.log, 'a', 10, NOW);
    await untilEqual(master.log, slave.log);
  });

  it('forgets a removed member, also after a restart, and knows none by another name', async () => {
    const disk = memoryDisk();
    const master = await cluster.master({ disk });
    await master.replication.register(OTHER);
    await expect(master.replication.remove('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER' });
    await master.replication.remove(OTHER.node);
    await cluster.close(master);
    const again = await cluster.master({ disk });
    expect(again.replication.secondaries()).toEqual([]);
  });

  it('follows a slave to another address', async () => {
    const [master, slave] = [await cluster.master(), await cluster.slave()];
    await master.replication.register({ node: 'slave-1', store: slave.log.store, url: 'http://127.0.0.1:9' });
    await eventually(
      () => master.replication.secondaries()[0]?.lastError === 'PEER_UNREACHABLE',
      'nobody there',
    );
    await master.join(slave);
    await take(master.log, 'a', 10, NOW);
    await untilEqual(master.log, slave.log);
  });

  it('stops promptly with a dead slave, a silent one and a healthy one', async () => {
    const master = await cluster.master({ sync: { enabled: true, intervalMs: 20, settleMs: 0 } });
    await master.replication.register(OTHER);
    await master.join(await cluster.slave());
    await eventually(
      () => master.replication.secondaries().some(({ health }) => health === 'HEALTHY'),
      'healthy',
    );
    await Promise.all([master.replication.triggerSync(), master.replication.stop()]);
    await expect(master.replication.register(OTHER)).rejects.toMatchObject({ code: 'NOT_LEADING' });
  });
});
