import { termOf } from '@hooklog/ordered-log';
import { isVoter, registrationOf, TestCluster, type TestNode, textsOf } from '../testing/cluster';
import { at } from '../testing/histories';
import { HeldLevel, loseUpTo, memoryDisk } from '../testing/disk';

let cluster: TestCluster;
beforeEach(() => (cluster = new TestCluster()));
afterEach(() => cluster.closeAll());

function termIn({ log }: TestNode): number {
  return termOf(log.tail.epoch);
}

describe('a node that starts', () => {
  it('as the first master leads, and is the only member', async () => {
    const master = await cluster.start('master', { first: 'master' });
    await cluster.settle();
    expect(master.cluster.role).toBe('master');
    expect(master.roles).toEqual(['master']);
    expect(master.cluster.master).toEqual({ node: 'master', url: 'http://master' });
    expect(master.log.tail).toMatchObject({ epoch: 1, position: at(0, 2) });
    expect(master.cluster.members).toEqual([{ ...registrationOf(master), voting: true }]);
    expect(master.log.committed).toEqual(at(0, 2));
  });

  it('as a slave leads nothing, and knows no master', async () => {
    const slave = await cluster.start('slave-1');
    expect(slave.cluster.role).toBe('slave');
    expect(slave.roles).toEqual([]);
    expect(slave.cluster.master).toBeUndefined();
    expect(slave.cluster.others).toEqual([]);
    expect(slave.log.tail.position).toEqual(at(0));
  });

  it.each(['restart', 'crash'] as const)(
    'after a %s as the master leads again, in a new epoch of its term, and its slaves follow',
    async (how) => {
      const [first, slave] = (await cluster.startAll(1)) as [TestNode, TestNode];
      await cluster.takeMany(first, 3, 'before');
      await cluster.untilEqual(first, slave);
      const { epoch } = first.log.tail;
      const master = await cluster[how](first);
      expect(master.cluster.role).toBe('master');
      expect(master.log.tail.epoch).toBe(epoch + 1);
      await cluster.take(master, 'after');
      await cluster.untilEqual(master, slave);
      expect(await textsOf(slave)).toEqual(['before 0', 'before 1', 'before 2', 'after']);
      expect(slave.cluster.master).toEqual({ node: 'master', url: 'http://master' });
    },
  );

  it('at another address tells its slaves', async () => {
    const [first, slave] = (await cluster.startAll(1)) as [TestNode, TestNode];
    const master = await cluster.restart(first, { url: 'http://elsewhere' });
    await cluster.untilEqual(master, slave);
    expect(slave.cluster.master).toEqual({ node: 'master', url: 'http://elsewhere' });
    expect(slave.cluster.members).toContainEqual({ ...registrationOf(master), voting: true });
    expect(isVoter(master, slave)).toBe(true);
  });

  it('follows where it promised a later epoch, and says how it becomes the master', async () => {
    const [first] = await cluster.startAll(1);
    const candidate = 'c'.repeat(16);
    await first.cluster.answerPromise({ store: first.log.store, epoch: 0x1_0000, candidate, dry: false });
    const node = await cluster.crash(first);
    expect(node.cluster.role).toBe('slave');
    expect(node.logger.of('warn')).toEqual([expect.stringContaining('POST /promote')]);
  });

  it('follows where it lost something', async () => {
    const [first] = await cluster.startAll(1);
    await cluster.take(first, 'a');
    await cluster.stop(first);
    await loseUpTo(first.disk, at(5));
    const node = await cluster.start('master', { disk: first.disk, first: 'master' });
    expect(node.cluster.role).toBe('slave');
  });

  it('as a slave that was promoted before it stopped leads again in its own term', async () => {
    const [, slave, other] = (await cluster.startAll(2)) as [TestNode, TestNode, TestNode];
    await cluster.whilePassing(slave.cluster.promote());
    const { epoch } = slave.log.tail;
    const again = await cluster.restart(slave);
    expect(again.cluster.role).toBe('master');
    expect(again.log.tail.epoch).toBe(epoch + 1);
    await cluster.take(again, 'a');
    await cluster.untilEqual(again, other);
  });

  it('as the old master, which heard of no promotion, steps down as soon as it does', async () => {
    const [first, slave, other] = (await cluster.startAll(2)) as [TestNode, TestNode, TestNode];
    await cluster.stop(first);
    await cluster.whilePassing(slave.cluster.promote());
    await cluster.take(slave, 'new');
    const old = await cluster.start('master', { disk: first.disk, first: 'master' });
    expect(old.roles).toEqual(['master']);
    await cluster.untilEqual(slave, other, old);
    expect(old.roles).toEqual(['master', 'slave']);
    expect(old.cluster.role).toBe('slave');
    expect(termIn(old)).toBe(1);
  });

  it('as a master without its disk begins another log, which no slave follows', async () => {
    const [first, slave] = (await cluster.startAll(1)) as [TestNode, TestNode];
    await cluster.take(first, 'a');
    await cluster.untilEqual(first, slave);
    await cluster.stop(first);
    const stray = await cluster.start('master', { disk: memoryDisk(), first: 'master' });
    await stray.cluster.register(registrationOf(slave));
    await cluster.until(() => stray.cluster.others[0]?.status().failure !== null, 'refused');
    expect(stray.cluster.others[0]?.status()).toMatchObject({
      health: 'DIVERGED',
      sequence: null,
      failure: { code: 'OTHER_LOG' },
    });
    expect(isVoter(stray, slave)).toBe(false);
    expect(await textsOf(slave)).toEqual(['a']);
    expect(slave.log.promised.epoch).toBe(1);
  });
});

describe('a node whose disk fails', () => {
  it('leads, or does not, in its log and in its role alike', async () => {
    for (let writes = 0; writes < 7; writes += 1) {
      const one = new TestCluster();
      const disk = { log: new HeldLevel(), index: memoryDisk().index };
      const master = await one.start('master', { first: 'master' });
      await one.join(master, await one.start('slave-1', { disk }));
      const slave = await one.restart(one.node('slave-1'), { url: 'http://moved' });
      await master.cluster.register(registrationOf(slave));
      await one.stop(master);
      const alone = await one.restart(slave, { url: 'http://moved-again' });
      await one.start('master', { disk: master.disk });
      await one.takeMany(alone, 3, 'pending');
      disk.log.failAfter = writes;
      const promotion = alone.cluster.promote().catch((error: unknown) => error);
      await one.whilePassing(promotion);
      disk.log.failAfter = undefined;
      await one.pass(10_000);
      expect([writes, alone.cluster.role]).toEqual([writes, alone.log.leading ? 'master' : 'slave']);
      if (alone.log.leading) expect(alone.log.pendingEntries).toBe(0);
      await one.closeAll();
    }
  });
});

describe('a master whose promise was stored although its write failed', () => {
  it('leads no longer once its log knows, and takes webhooks as pending', async () => {
    const disk = { log: new HeldLevel(), index: memoryDisk().index };
    const master = await cluster.start('master', { first: 'master', disk });
    await cluster.take(master, 'before');
    disk.log.storesWhatFails = true;
    disk.log.failAfter = 0;
    await expect(cluster.whilePassing(master.cluster.demote())).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    disk.log.failAfter = undefined;
    await cluster.take(master, 'after');
    await cluster.settle();
    expect([master.log.leading, master.cluster.role]).toEqual([false, 'slave']);
    expect(master.log.pendingEntries).toBe(1);
  });
});

describe('a node that stops', () => {
  it('leaves no timer, no listener and no link behind', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as [TestNode, TestNode, TestNode];
    await cluster.take(one, 'a');
    await cluster.untilEqual(master, one, two);
    for (const node of [two, master, one]) await cluster.stop(node);
    expect(cluster.clock.waiting).toBe(0);
    expect(cluster.network.listeners).toBe(0);
    expect(cluster.network.openLinks).toBe(0);
  });

  it('does so with members that are away or silent, and with requests that wait', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as [TestNode, TestNode, TestNode];
    cluster.network.isolate(one.name);
    cluster.network.hold('master', two.name, 'append');
    await master.cluster.register({ node: 'nobody', store: 'f'.repeat(16), url: 'http://nobody' });
    const { sequence } = await cluster.take(master, 'a');
    const abort = new AbortController();
    const waits = [
      master.cluster.replicated(sequence ?? 0, 'all', 60_000),
      master.cluster.replicated(sequence ?? 0, 'majority', 60_000, abort.signal),
    ];
    await cluster.pass(3000);
    for (const node of [master, one, two]) await cluster.stop(node);
    for (const { met, acknowledged } of await Promise.all(waits))
      expect([met, acknowledged]).toEqual([false, 1]);
    expect(cluster.clock.waiting).toBe(0);
    expect(cluster.network.listeners).toBe(0);
    expect(cluster.network.openLinks).toBe(0);
  });

  it('waits for what its promotion writes', async () => {
    const disk = { log: new HeldLevel(), index: memoryDisk().index };
    const master = await cluster.start('master', { first: 'master' });
    const slave = await cluster.start('slave-1', { disk });
    await cluster.join(master, slave);
    let outcome = 'running';
    const promotion = slave.cluster.promote().catch(() => (outcome = 'ended'));
    disk.log.hold();
    await cluster.settle();
    const stopped = slave.cluster.stop().then(() => outcome);
    await cluster.settle();
    disk.log.release();
    expect(await stopped).toBe('ended');
    await promotion;
    expect(slave.log.leading).toBe(false);
  });

  it('ends its promotion first', async () => {
    const [, one, two] = (await cluster.startAll(2)) as [TestNode, TestNode, TestNode];
    cluster.network.hold(one.name, two.name, 'promise');
    cluster.network.hold(one.name, 'master', 'promise');
    let outcome = 'running';
    const promotion = one.cluster.promote().catch(() => (outcome = 'ended'));
    await cluster.settle();
    await cluster.stop(one);
    expect(outcome).toBe('ended');
    await promotion;
    await cluster.pass(60_000);
    expect(two.log.promised.epoch).toBe(1);
  });
});
