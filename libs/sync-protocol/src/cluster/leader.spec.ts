import { comparePositions, decodeRecord, type Member, START } from '@hooklog/ordered-log';
import { copyOf, HeldLevel, loseUpTo, memoryDisk } from '../testing/disk';
import {
  isCommitted,
  isVoter,
  registrationOf,
  TestCluster,
  type TestNode,
  textsOf,
} from '../testing/cluster';
import { at } from '../testing/histories';
import { sameVoters } from './membership';

let cluster: TestCluster;
beforeEach(() => (cluster = new TestCluster()));
afterEach(() => cluster.closeAll());

type Two = [TestNode, TestNode];
type Three = [TestNode, TestNode, TestNode];

/** The lists of members that a log had, in their order. */
async function listsIn({ log }: TestNode): Promise<(readonly Member[])[]> {
  const records = (await log.records(START, { recordsMax: 1000 })).map(decodeRecord);
  return records.flatMap((record) => (record.type === 'members' ? [record.members] : []));
}

function votersIn({ log }: TestNode): string[] {
  return log.members.filter(({ voting }) => voting).map(({ node }) => node);
}

describe('a node that registers', () => {
  it('is a learner that does not count, until it has the log; then it is a voter', async () => {
    const [master, slave] = [
      await cluster.start('master', { first: 'master' }),
      await cluster.start('slave-1'),
    ];
    await cluster.takeMany(master, 20, 'before');
    cluster.network.cut('master', 'slave-1');
    await master.cluster.register(registrationOf(slave));
    await cluster.pass(10_000);
    expect(master.cluster.members).toContainEqual({ ...registrationOf(slave), voting: false });
    expect(master.log.committed).toEqual(master.log.tail.position);
    cluster.network.heal();
    await cluster.untilEqual(master, slave);
    await cluster.until(() => isVoter(slave, slave), 'a voter');
    expect(await textsOf(slave)).toHaveLength(20);
  });

  /** A node gets records up to about a sequence, and nothing behind it. */
  function endsAt(node: TestNode, sequence: number): void {
    cluster.network.onRequest = (from, to, kind) => {
      const there = to === node.name && node.log.tail.position.sequence >= sequence;
      if (kind === 'append' && there) cluster.network.cut(from, to);
    };
  }

  it('gets no vote while it lacks something that is committed', async () => {
    const limits = { batchRecordsMax: 4, learnerLagMax: 1000 };
    const master = await cluster.start('master', { first: 'master', limits });
    const learner = await cluster.start('slave-1');
    await cluster.takeMany(master, 10, 'committed');
    endsAt(learner, 3);
    await master.cluster.register(registrationOf(learner));
    await cluster.pass(2000);
    expect(learner.log.tail.position.sequence).toBeGreaterThanOrEqual(3);
    expect(isVoter(master, learner)).toBe(false);
  });

  it('gets no vote while it is far behind, though it has what is committed', async () => {
    const [master, one] = (await cluster.startAll(1, {
      limits: { batchRecordsMax: 2, learnerLagMax: 4 },
    })) as Two;
    const learner = await cluster.start('slave-2');
    cluster.network.cut('master', learner.name);
    await master.cluster.register(registrationOf(learner));
    await cluster.untilEqual(master, one);
    cluster.network.heal();
    cluster.network.isolate(one.name);
    cluster.network.cut('master', learner.name);
    await cluster.takeMany(master, 10, 'not committed');
    cluster.network.heal();
    cluster.network.isolate(one.name);
    endsAt(learner, 2);
    await cluster.pass(2000);
    expect(learner.log.tail.position.sequence).toBeGreaterThanOrEqual(2);
    expect(isVoter(master, learner)).toBe(false);
  });

  it('joins with what it has taken while there was no master', async () => {
    const [master, slave] = [
      await cluster.start('master', { first: 'master' }),
      await cluster.start('slave-1'),
    ];
    await cluster.takeMany(slave, 12, 'alone');
    expect(slave.log.pendingEntries).toBe(12);
    await cluster.join(master, slave);
    await cluster.untilEqual(master, slave);
    expect(await textsOf(master)).toHaveLength(12);
  });

  it('again changes nothing, and is tried at once', async () => {
    const [master, slave] = (await cluster.startAll(1)) as Two;
    cluster.network.isolate('slave-1');
    await cluster.take(master, 'a');
    await cluster.pass(30_000);
    cluster.network.heal();
    const { position } = master.log.tail;
    await master.cluster.register(registrationOf(slave));
    await cluster.settle();
    expect(slave.log.tail.position).toEqual(position);
    expect(master.log.tail.position).toEqual(position);
  });

  it('under another address keeps its vote, and is followed there', async () => {
    const [master, slave] = (await cluster.startAll(1)) as Two;
    const moved = await cluster.restart(slave, { url: 'http://moved' });
    await cluster.take(master, 'a');
    await master.cluster.register(registrationOf(moved));
    expect(isVoter(master, moved)).toBe(true);
    await cluster.untilEqual(master, moved);
  });

  it('with another store is a learner again, and the old store has no vote any longer', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    await cluster.take(master, 'a');
    await cluster.untilEqual(master, one, two);
    await cluster.stop(one);
    const wiped = await cluster.start(one.name, { disk: memoryDisk() });
    await cluster.pass(3000);
    expect(master.cluster.leader?.secondary(one.name)?.status()).toMatchObject({
      health: 'UNREACHABLE',
      sequence: null,
      failure: { code: 'STORE_CHANGED' },
    });
    await master.cluster.register(registrationOf(wiped));
    expect(isVoter(master, one)).toBe(false);
    expect(master.logger.of('warn').join()).toContain('another store');
    await cluster.until(() => isVoter(master, wiped), 'a voter');
    await cluster.untilEqual(master, wiped, two);
    expect(votersIn(two).sort()).toEqual(['master', 'slave-1', 'slave-2']);
  });

  it('in great numbers at once becomes a member once, one change at a time', async () => {
    const master = await cluster.start('master', { first: 'master' });
    const slaves = await Promise.all([1, 2, 3, 4].map((i) => cluster.start(`slave-${i}`)));
    await Promise.all([...slaves, ...slaves].map((slave) => master.cluster.register(registrationOf(slave))));
    await cluster.until(() => votersIn(master).length === 5, 'all are voters');
    await cluster.untilEqual(master, ...slaves);
    const lists = await listsIn(master);
    for (const [i, list] of lists.slice(1).entries()) {
      const votes = (members: readonly Member[]): number => members.filter(({ voting }) => voting).length;
      expect(Math.abs(votes(list) - votes(lists[i]!))).toBeLessThanOrEqual(1);
    }
    expect(lists.filter((list, i) => i > 0 && !sameVoters(list, lists[i - 1]!))).toHaveLength(4);
  });

  it('is served also where the write of its record failed, and had been stored all the same', async () => {
    const disk = { log: new HeldLevel(), index: memoryDisk().index };
    const master = await cluster.start('master', { first: 'master', disk });
    const slave = await cluster.start('slave-1');
    Object.assign(disk.log, { failAfter: 0, storesWhatFails: true });
    await expect(master.cluster.register(registrationOf(slave))).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    await cluster.take(master, 'a');
    await cluster.until(() => isVoter(master, slave), 'a voter');
    await cluster.untilEqual(master, slave);
  });

  it('is refused by a slave, which names the master', async () => {
    const [, slave] = (await cluster.startAll(1)) as Two;
    const other = { node: 'x', store: 'f'.repeat(16), url: 'http://x' };
    await expect(slave.cluster.register(other)).rejects.toMatchObject({
      code: 'NOT_LEADING',
      message: expect.stringContaining('http://master'),
    });
  });

  it.each([
    ['without a name', { node: '', store: 'f'.repeat(16), url: 'http://x' }],
    ['at no address', { node: 'x', store: 'f'.repeat(16), url: 'x' }],
    ['with a store that is none', { node: 'x', store: 'F', url: 'http://x' }],
  ])('%s is refused', async (_, member) => {
    const master = await cluster.start('master', { first: 'master' });
    await expect(master.cluster.register(member)).rejects.toMatchObject({ code: 'BAD_REGISTRATION' });
    expect(master.cluster.members).toHaveLength(1);
  });
});

describe('a change of the voters', () => {
  it('is made when the one before is committed, and refused until then', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    cluster.network.isolate('master');
    await master.cluster.remove(one.name);
    expect(votersIn(master)).toEqual(['master', 'slave-2']);
    await expect(master.cluster.remove(two.name)).rejects.toMatchObject({ code: 'MEMBERS_CHANGING' });
    expect(votersIn(master)).toEqual(['master', 'slave-2']);
    cluster.network.heal();
    await cluster.until(() => isCommitted(master), 'committed');
    await master.cluster.remove(two.name);
    expect(votersIn(master)).toEqual(['master']);
  });

  it('may be taken back before it is committed: a voter that is lost before it has its vote', async () => {
    const master = await cluster.start('master', { first: 'master' });
    const slave = await cluster.start('slave-1');
    cluster.network.onRequest = (from, to, kind) => {
      if (kind === 'append' && votersIn(master).includes(slave.name)) cluster.network.cut(from, to);
    };
    await master.cluster.register(registrationOf(slave));
    await cluster.until(() => votersIn(master).length === 2, 'named as a voter');
    await cluster.pass(1000);
    expect(isCommitted(master)).toBe(false);
    await master.cluster.remove(slave.name);
    await cluster.until(() => isCommitted(master), 'committed');
    expect(votersIn(master)).toEqual(['master']);
  });

  it('is taken back, too, by the new disk of a voter that was lost before it had its vote', async () => {
    const [master, slave] = [
      await cluster.start('master', { first: 'master' }),
      await cluster.start('slave-1'),
    ];
    cluster.network.onRequest = (from, to) => {
      if (isVoter(master, slave)) cluster.network.cut(from, to);
    };
    await master.cluster.register(registrationOf(slave));
    await cluster.until(() => isVoter(master, slave), 'a voter');
    await cluster.take(master, 'a');
    await cluster.pass(10_000);
    expect(isCommitted(master)).toBe(false);
    await cluster.stop(slave);
    cluster.network.heal();
    const wiped = await cluster.start(slave.name, { disk: memoryDisk() });
    await cluster.join(master, wiped);
    await cluster.untilEqual(master, wiped);
  });

  it('is not made in a new term before a record of it is committed', async () => {
    const [, one, two] = (await cluster.startAll(2)) as Three;
    cluster.network.onRequest = (from, to, kind) => {
      if (from === one.name && kind === 'append') cluster.network.cut(from, to);
    };
    expect(await cluster.whilePassing(one.cluster.promote())).toMatchObject({ committed: false });
    await expect(one.cluster.remove(two.name)).rejects.toMatchObject({ code: 'MEMBERS_CHANGING' });
    cluster.network.heal();
    await cluster.until(() => isCommitted(one), 'committed');
    await one.cluster.remove(two.name);
    expect(votersIn(one).sort()).toEqual(['master', 'slave-1']);
  });

  it('does not make a voter of a learner while the members are cut off, but takes learners up', async () => {
    const [master, one] = (await cluster.startAll(1)) as Two;
    const learner = await cluster.start('slave-2');
    cluster.network.isolate(one.name);
    await master.cluster.register(registrationOf(learner));
    await cluster.take(master, 'a');
    await cluster.until(() => learner.log.tail.chain.equals(master.log.tail.chain), 'the learner has it');
    await cluster.pass(20_000);
    expect(votersIn(master)).toEqual(['master', 'slave-1']);
    expect(comparePositions(master.log.committed, master.log.tail.position)).toBeLessThan(0);
    cluster.network.heal();
    await cluster.until(() => isVoter(one, learner), 'a voter');
    await cluster.untilEqual(master, one, learner);
  });

  it('that removes a member ends everything between it and the master', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    await master.cluster.remove(one.name);
    await cluster.take(master, 'a');
    await cluster.take(one, 'not collected');
    await cluster.untilEqual(master, two);
    const { length } = cluster.network.arrived;
    await cluster.pass(60_000);
    expect(cluster.network.arrived.slice(length).join()).not.toContain('slave-1');
    expect(cluster.network.openLinks).toBe(1);
    expect(await textsOf(one)).toEqual([]);
    await expect(master.cluster.remove(one.name)).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER' });
    await expect(master.cluster.remove('master')).rejects.toMatchObject({ code: 'SELF_REGISTRATION' });
  });

  it('is durable: after a restart the master has the same members', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    await master.cluster.remove(one.name);
    const again = await cluster.crash(master);
    expect(votersIn(again).sort()).toEqual(['master', 'slave-2']);
    await cluster.untilEqual(again, two);
  });
});

describe('the commit', () => {
  it('goes on with a majority of the voters, and with no fewer', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    const before = master.log.committed;
    cluster.network.isolate('master');
    await cluster.takeMany(master, 3, 'a');
    await cluster.pass(10_000);
    expect(master.log.committed).toEqual(before);
    cluster.network.heal();
    cluster.network.isolate(two.name);
    await cluster.untilEqual(master, one);
    expect(two.log.tail.position).toEqual(before);
    cluster.network.heal();
    await cluster.untilEqual(master, one, two);
  });

  it('counts nothing that was not answered, even where the request arrived', async () => {
    const [master, one] = (await cluster.startAll(1)) as Two;
    cluster.network.cut(one.name, 'master');
    const { sequence } = await cluster.take(master, 'a');
    await cluster.pass(5000);
    expect(one.log.tail.position).toEqual(at(sequence!));
    expect(master.log.committed.sequence).toBe(0);
    expect(one.log.committed.sequence).toBe(0);
  });

  it('takes records of an earlier term only with one of its own', async () => {
    const [master, one, two] = (await cluster.startAll(2, { limits: { batchRecordsMax: 1 } })) as Three;
    cluster.network.isolate(two.name);
    cluster.network.cut(one.name, 'master');
    const sequence = (await cluster.take(master, 'old')).sequence!;
    await cluster.until(() => one.log.tail.position.sequence === sequence, 'slave-1 has it');
    cluster.network.heal();
    cluster.network.isolate('master');
    cluster.network.onRequest = (from, to, kind) => {
      // slave-2 gets the old entry, and nothing behind it
      if (kind === 'append' && two.log.tail.position.sequence === sequence) cluster.network.cut(from, to);
    };
    expect(await cluster.whilePassing(one.cluster.promote())).toMatchObject({ committed: false });
    expect(one.cluster.leader?.secondary(two.name)?.held).toBe(sequence);
    expect(one.log.committed.sequence).toBeLessThan(sequence);
    const waits = await cluster.whilePassing(one.cluster.replicated(sequence, 'majority', 1000));
    expect(waits).toEqual({ acknowledged: 2, required: 2, met: false });
    cluster.network.heal();
    await cluster.untilEqual(master, one, two);
    expect((await one.cluster.replicated(sequence, 'majority', 1000)).met).toBe(true);
  });

  it('reaches the members with the next request, also an empty one', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    const { sequence } = await cluster.take(master, 'a');
    await cluster.settle();
    await cluster.pass(1000);
    for (const { log } of [master, one, two]) expect(log.committed.sequence).toBe(sequence);
  });
});

describe('a write concern', () => {
  async function stored(master: TestNode, text: string): Promise<number> {
    return (await cluster.take(master, text)).sequence!;
  }

  it.each([
    [1, 1],
    [2, 2],
    ['majority', 2],
    ['all', 3],
  ] as const)('%s is met with all members up', async (concern, required) => {
    const [master] = await cluster.startAll(2);
    expect(master.cluster.reachable(concern)).toBe(true);
    const state = await cluster.whilePassing(
      master.cluster.replicated(await stored(master, 'a'), concern, 10_000),
    );
    expect(state).toMatchObject({ required, met: true });
    expect(state.acknowledged).toBeGreaterThanOrEqual(required);
  });

  it.each([
    [1, true],
    [2, true],
    ['majority', true],
    ['all', false],
  ] as const)('%s with one of two slaves down: met is %s', async (concern, met) => {
    const [master] = await cluster.startAll(2);
    cluster.network.isolate('slave-2');
    await cluster.pass(20_000);
    expect(master.cluster.reachable(concern)).toBe(met);
    const state = await cluster.whilePassing(
      master.cluster.replicated(await stored(master, 'a'), concern, 10_000),
    );
    expect(state.met).toBe(met);
    if (!met) expect(state).toEqual({ acknowledged: 2, required: 3, met: false });
  });

  it.each([
    [1, true],
    [2, false],
    ['majority', false],
    ['all', false],
  ] as const)('%s with all slaves down: met is %s', async (concern, met) => {
    const [master] = await cluster.startAll(2);
    cluster.network.isolate('master');
    await cluster.pass(20_000);
    expect(master.cluster.reachable(concern)).toBe(met);
    const state = await cluster.whilePassing(
      master.cluster.replicated(await stored(master, 'a'), concern, 10_000),
    );
    expect(state).toMatchObject({ met, acknowledged: 1 });
  });

  it('that was not met in time is met by the entry later: replication goes on', async () => {
    const [master] = await cluster.startAll(2);
    cluster.network.isolate('master');
    const sequence = await stored(master, 'a');
    expect((await cluster.whilePassing(master.cluster.replicated(sequence, 'all', 1000))).met).toBe(false);
    const retry = master.cluster.replicated(sequence, 'all', 60_000);
    cluster.network.heal();
    expect(await cluster.whilePassing(retry)).toEqual({ acknowledged: 3, required: 3, met: true });
  });

  it('counts no learner', async () => {
    const [master, one] = (await cluster.startAll(1)) as Two;
    const learner = await cluster.start('slave-2');
    cluster.network.isolate(one.name);
    await master.cluster.register(registrationOf(learner));
    const state = await cluster.whilePassing(master.cluster.replicated(await stored(master, 'a'), 2, 5000));
    expect(learner.log.tail.position.sequence).toBe(1);
    expect(state).toEqual({ acknowledged: 1, required: 2, met: false });
    expect(() => master.cluster.reachable(3)).toThrow(expect.objectContaining({ code: 'CONCERN_TOO_LARGE' }));
  });

  it('is not waited for by more than the limit, and no longer than its client does', async () => {
    const [master] = await cluster.startAll(1, { limits: { concernWaitsMax: 1 } });
    cluster.network.isolate('master');
    const sequence = await stored(master, 'a');
    const abort = new AbortController();
    const first = master.cluster.replicated(sequence, 2, 60_000, abort.signal);
    expect((await master.cluster.replicated(sequence, 2, 60_000)).met).toBe(false);
    abort.abort();
    expect((await first).met).toBe(false);
    expect(master.cluster.leader?.waiting.count).toBe(0);
  });

  it('of a slave is refused: it waits for the master', async () => {
    const [, slave] = (await cluster.startAll(1)) as Two;
    await expect(slave.cluster.replicated(1, 1, 1000)).rejects.toMatchObject({ code: 'NOT_LEADING' });
    expect(() => slave.cluster.reachable(1)).toThrow(expect.objectContaining({ code: 'NOT_LEADING' }));
  });
});

describe('a voter that acknowledges less than before', () => {
  /** slave-1 loses the last three entries, which it had acknowledged. */
  async function lossy(): Promise<Three> {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    await cluster.take(master, 'kept');
    await cluster.untilEqual(master, one, two);
    const disk = await copyOf(one.disk);
    await cluster.takeMany(master, 3, 'lost');
    await cluster.untilEqual(master, one, two);
    await cluster.stop(one);
    return [master, await cluster.start(one.name, { disk }), two];
  }

  it('becomes a learner, and a voter again when it has everything', async () => {
    const [master, one, two] = await lossy();
    await cluster.until(() => master.logger.of('warn').join().includes('lost something'), 'noticed');
    await cluster.untilEqual(master, one, two);
    await cluster.until(() => isVoter(master, one), 'a voter again');
    const without = (await listsIn(master)).filter((list) =>
      list.some(({ node, voting }) => node === one.name && !voting),
    );
    expect(without.length).toBeGreaterThanOrEqual(2); // when it registered, and now
    await cluster.untilEqual(master, one, two);
  });

  it('does not count meanwhile', async () => {
    const [master, one, two] = await lossy();
    cluster.network.isolate(two.name);
    const sequence = (await cluster.take(master, 'new')).sequence!;
    await cluster.until(() => one.log.tail.position.sequence >= sequence, 'it has everything');
    await cluster.pass(20_000);
    expect(master.log.committed.sequence).toBeLessThan(sequence);
    const state = await cluster.whilePassing(master.cluster.replicated(sequence, 2, 1000));
    expect(state.met).toBe(false);
    cluster.network.heal();
    await cluster.untilEqual(master, one, two);
    expect((await master.cluster.replicated(sequence, 'all', 1000)).met).toBe(true);
  });

  it('does not count, either, while nothing about the members can be changed', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    const disk = await copyOf(one.disk);
    await cluster.take(master, 'lost');
    await cluster.untilEqual(master, one, two);
    cluster.network.isolate(two.name);
    await cluster.stop(one);
    await master.cluster.register({ node: 'x', store: 'f'.repeat(16), url: 'http://x' });
    const { committed } = master.log;
    const lossy = await cluster.start(one.name, { disk });
    await cluster.until(() => lossy.log.tail.chain.equals(master.log.tail.chain), 'it has everything');
    await cluster.pass(20_000);
    expect(isVoter(master, lossy)).toBe(true);
    expect(master.log.committed).toEqual(committed);
    cluster.network.heal();
    await cluster.untilEqual(master, lossy, two);
    expect(isVoter(master, lossy)).toBe(true);
  });

  it('or says so by itself, is one again behind all that it may have had', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    await cluster.takeMany(master, 5, 'a');
    await cluster.untilEqual(master, one, two);
    await cluster.stop(one);
    await loseUpTo(one.disk, at(5));
    const learner = await cluster.start(one.name, { disk: one.disk });
    await cluster.take(master, 'b');
    await cluster.until(() => learner.log.incompleteUpTo === undefined, 'whole');
    await cluster.untilEqual(master, learner, two);
    expect(isVoter(two, learner)).toBe(true);
  });

  it('or may have had more than the master has, stays a learner until the log is as long', async () => {
    const [master, one, two] = (await cluster.startAll(2)) as Three;
    await cluster.takeMany(master, 2, 'a');
    await cluster.untilEqual(master, one, two);
    await cluster.stop(one);
    await loseUpTo(one.disk, at(9));
    const learner = await cluster.start(one.name, { disk: one.disk });
    const { length } = await listsIn(master);
    let requests = 0;
    cluster.network.onRequest = () => {
      if (++requests > 1000) cluster.network.isolate('master');
    };
    await cluster.takeMany(master, 4, 'b');
    await cluster.pass(60_000);
    expect(await listsIn(master)).toHaveLength(length + 1);
    expect(isVoter(master, learner)).toBe(false);
    await cluster.takeMany(master, 3, 'c');
    await cluster.until(() => learner.log.incompleteUpTo === undefined, 'whole');
    await cluster.untilEqual(master, learner, two);
    expect(await listsIn(master)).toHaveLength(length + 2);
  });
});
