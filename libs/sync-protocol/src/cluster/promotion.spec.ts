import { NOBODY, ROLLBACK, termOf } from '@hooklog/ordered-log';
import {
  isCommitted,
  isVoter,
  LIMITS,
  registrationOf,
  TestCluster,
  type TestNode,
  textsOf,
} from '../testing/cluster';
import { at, pendingIn } from '../testing/histories';
import { loseUpTo } from '../testing/disk';
import { seeded } from '../testing/random';

let cluster: TestCluster;
beforeEach(() => (cluster = new TestCluster()));
afterEach(() => cluster.closeAll());

type Three = [TestNode, TestNode, TestNode];

/** A master and two slaves that are voters, and have one entry. */
async function three(): Promise<Three> {
  const nodes = (await cluster.startAll(2)) as Three;
  await cluster.take(nodes[0], 'first');
  await cluster.untilEqual(...nodes);
  return nodes;
}

function promote({
  cluster: node,
}: TestNode): Promise<{ readonly epoch: number; readonly committed: boolean }> {
  return cluster.whilePassing(node.promote());
}

function masters(...nodes: readonly TestNode[]): string[] {
  return nodes.filter(({ cluster: { role } }) => role === 'master').map(({ name }) => name);
}

/** What the rows of a node say that was cut, entries only. */
async function rolledBack({
  log,
}: TestNode): Promise<{ type: string; sequence: number; pendingAs: unknown }[]> {
  const names = await log.metaNames(ROLLBACK);
  const rows = await Promise.all(names.map((name) => log.readMeta(name)));
  const lines = rows.flatMap((row) => row!.toString().trimEnd().split('\n'));
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'entry');
}

describe('a promotion', () => {
  it('makes a slave the master of a term of its own; the old master follows it', async () => {
    const [old, one, two] = await three();
    expect(await promote(one)).toEqual({ epoch: 0x1_0000, committed: true });
    await cluster.take(one, 'second');
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toEqual(['slave-1']);
    expect(old.roles).toEqual(['master', 'slave']);
    for (const node of [old, one, two]) expect(node.cluster.master?.node).toBe('slave-1');
    expect(await textsOf(two)).toEqual(['first', 'second']);
    await expect(old.cluster.replicated(1, 1, 1)).rejects.toMatchObject({ code: 'NOT_LEADING' });
  });

  it('loses nothing that is on its way, and brings home what slaves took meanwhile', async () => {
    const [old, one, two] = await three();
    const promotion = one.cluster.promote();
    for (const [i, node] of [old, one, two, old, one, two].entries()) {
      await cluster.take(node, `meanwhile ${i}`);
      if (i === 2) await cluster.settle();
    }
    await cluster.whilePassing(promotion);
    await cluster.untilEqual(old, one, two);
    const texts = await textsOf(two);
    expect(texts).toHaveLength(7);
    expect(new Set(texts).size).toBe(7);
  });

  it('takes over the best log among a majority, before it leads', async () => {
    const [old, one, two] = await three();
    cluster.network.cut('master', one.name);
    await cluster.takeMany(old, 40, 'majority');
    await cluster.untilEqual(old, two);
    expect(one.log.tail.position.sequence).toBe(1);
    await cluster.stop(old);
    cluster.network.heal();
    await promote(one);
    await cluster.untilEqual(one, two);
    expect(await textsOf(one)).toHaveLength(41);
    expect(one.log.tail.position.sequence).toBe(41);
  });

  it('prefers the log of the later term to a longer one', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate('master');
    await cluster.takeMany(old, 9, 'long, but nobody else has it');
    await promote(one);
    await cluster.take(one, 'committed');
    await cluster.untilEqual(one, two);
    await cluster.stop(one);
    cluster.network.heal();
    await promote(old);
    await cluster.untilEqual(old, two);
    expect((await textsOf(two)).slice(0, 2)).toEqual(['first', 'committed']);
    expect(await textsOf(two)).toHaveLength(11);
  });

  it('on the master changes nothing', async () => {
    const [old, one, two] = await three();
    const { tail } = old.log;
    expect(await promote(old)).toEqual({ epoch: 1, committed: true });
    expect(old.log.tail).toEqual(tail);
    for (const { log } of [old, one, two]) expect(log.promised.epoch).toBe(1);
  });

  it('runs once at a time on a node', async () => {
    const [, one] = await three();
    const first = one.cluster.promote();
    await expect(one.cluster.promote()).rejects.toMatchObject({ code: 'PROMOTION_RUNNING' });
    expect(await cluster.whilePassing(first)).toMatchObject({ committed: true });
    expect(await promote(one)).toEqual({ epoch: 0x1_0000, committed: true });
  });

  it('waits for no voter that is silent, where a majority is there', async () => {
    const [old, one, two] = await three();
    cluster.network.hold(one.name, 'master');
    cluster.network.cut('master', two.name);
    const before = cluster.clock.elapsed();
    expect(await promote(one)).toMatchObject({ committed: true });
    expect(cluster.clock.elapsed() - before).toBeLessThan(LIMITS.promiseMs);
    await cluster.untilEqual(one, two);
    expect(old.cluster.role).toBe('master');
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toEqual(['slave-1']);
  });

  it('waits for no answer longer than its time', async () => {
    const [, one, two] = await three();
    cluster.network.isolate('master');
    cluster.network.hold(one.name, two.name, 'promise');
    const before = cluster.clock.elapsed();
    await expect(promote(one)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(cluster.clock.elapsed() - before).toBeLessThan(2 * LIMITS.promiseMs);
    expect(two.log.promised.epoch).toBe(1);
  });

  it('says so where no majority has its epoch in time; it leads, and goes on trying', async () => {
    const [old, one, two] = await three();
    cluster.network.onRequest = (from, to, kind) => {
      if (from === one.name && kind === 'append') cluster.network.cut(from, to);
    };
    expect(await promote(one)).toEqual({ epoch: 0x1_0000, committed: false });
    expect(one.cluster.role).toBe('master');
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect(await promote(one)).toEqual({ epoch: 0x1_0000, committed: true });
  });

  it('stands requests and appends that arrive twice', async () => {
    const [old, one, two] = await three();
    for (const kind of ['promise', 'append', 'records'] as const) cluster.network.double(kind);
    cluster.network.cut('master', one.name);
    await cluster.takeMany(old, 20, 'a');
    expect(await promote(one)).toMatchObject({ committed: true });
    await cluster.takeMany(one, 5, 'b');
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect(await textsOf(two)).toHaveLength(26);
  });

  it('ends what waited on the old master as unknown', async () => {
    const [old, one] = await three();
    cluster.network.isolate('master');
    const { sequence } = await cluster.take(old, 'old');
    const wait = old.cluster.replicated(sequence!, 'majority', 600_000);
    await promote(one);
    cluster.network.heal();
    expect(await cluster.whilePassing(wait)).toMatchObject({ met: false });
    expect(old.cluster.role).toBe('slave');
  });
});

describe('an old master that was cut off', () => {
  it('goes on, and when it is back its end is pending again, is collected, and named in a rollback row', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate('master');
    await cluster.takeMany(old, 20, 'old');
    await promote(one);
    await cluster.takeMany(one, 10, 'new');
    await cluster.takeMany(two, 5, 'two');
    expect(masters(old, one, two)).toEqual(['master', 'slave-1']);
    await cluster.takeMany(old, 3, 'older');
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toEqual(['slave-1']);
    const texts = await textsOf(old);
    expect(texts).toHaveLength(39);
    expect(new Set(texts).size).toBe(39);
    const moved = await rolledBack(old);
    expect(moved.map(({ sequence }) => sequence).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 23 }, (_, i) => i + 2),
    );
    expect(await rolledBack(one)).toEqual([]);
    expect(await rolledBack(two)).toEqual([]);
  });

  it('doubles nothing that both masters took', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate('master');
    await cluster.take(old, 'both');
    await cluster.take(old, 'old');
    await promote(one);
    await cluster.take(one, 'both');
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect((await textsOf(old)).sort()).toEqual(['both', 'first', 'old']);
  });

  it('keeps the receipts of what its slaves took and it had as well', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate(two.name);
    cluster.network.hold('master', one.name, 'append');
    await cluster.take(old, 'both');
    await cluster.take(one, 'both');
    await cluster.until(
      () => old.cluster.leader?.secondary(one.name)?.status().collected !== null,
      'collected',
    );
    cluster.network.heal();
    cluster.network.isolate('master');
    await promote(one);
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect((await textsOf(two)).sort()).toEqual(['both', 'first']);
  });

  it('meets no majority concern while it is cut off, however often it is asked', async () => {
    const [old, one] = await three();
    cluster.network.isolate('master');
    await promote(one);
    const { sequence } = await cluster.take(old, 'old');
    expect((await cluster.whilePassing(old.cluster.replicated(sequence!, 'majority', 5000))).met).toBe(false);
    expect(old.cluster.reachable('majority')).toBe(false);
  });

  it('steps down when a member tells it, where the new master cannot', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate('master');
    await promote(one);
    await cluster.untilEqual(one, two);
    cluster.network.heal();
    cluster.network.cut(one.name, 'master');
    await cluster.until(() => old.cluster.role === 'slave', 'a slave');
    expect(old.log.promised).toEqual({ epoch: one.log.tail.epoch, to: NOBODY });
    expect((await cluster.take(old, 'pending')).sequence).toBeNull();
    expect(masters(await cluster.crash(old), one, two)).toEqual(['slave-1']);
  });

  it('can be promoted again later, and collects what it had collected before from the start', async () => {
    const [old, one, two] = await three();
    await cluster.takeMany(two, 3, 'collected');
    await cluster.untilEqual(old, one, two);
    cluster.network.isolate('master');
    await promote(one);
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    await cluster.takeMany(two, 3, 'by the second');
    await cluster.untilEqual(old, one, two);
    expect(await promote(old)).toMatchObject({ epoch: 0x2_0000 });
    await cluster.takeMany(two, 3, 'by the third');
    await cluster.untilEqual(old, one, two);
    expect(await textsOf(one)).toHaveLength(10);
  });
});

describe('a promotion that fails', () => {
  it('in a minority changes nothing', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate(one.name);
    const { tail } = one.log;
    await expect(promote(one)).rejects.toMatchObject({
      code: 'NO_QUORUM',
      message: expect.stringContaining('nothing was changed'),
    });
    expect(one.log.tail).toEqual(tail);
    for (const { log } of [old, one, two]) expect(log.promised.epoch).toBe(1);
    cluster.network.heal();
    await cluster.take(old, 'second');
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toEqual(['master']);
  });

  /** slave-1 promised a later epoch to itself, and got no further. */
  async function fenced(): Promise<Three> {
    const [old, one, two] = await three();
    let asked = 0;
    cluster.network.onRequest = (from, _to, kind) => {
      asked += from === one.name && kind === 'promise' ? 1 : 0;
      if (asked > 2) cluster.network.isolate(one.name);
    };
    await expect(promote(one)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    cluster.network.heal();
    await cluster.until(() => old.cluster.leader?.fenced === true, 'fenced');
    return [old, one, two];
  }

  it('after it promised is fenced: the master goes on with its majority, without that member', async () => {
    const [old, one, two] = await fenced();
    expect(old.cluster.leader?.secondary(one.name)?.status()).toMatchObject({
      health: 'FENCED',
      failure: { code: 'FENCED' },
    });
    const { sequence } = await cluster.take(old, 'second');
    expect(await cluster.whilePassing(old.cluster.replicated(sequence!, 'majority', 10_000))).toMatchObject({
      acknowledged: 2,
      met: true,
    });
    expect(await textsOf(one)).toEqual(['first']);
    expect(await textsOf(two)).toEqual(['first', 'second']);
    expect(masters(old, one, two)).toEqual(['master']);
  });

  it('is lifted by a promotion of the master, in a term above what was promised', async () => {
    const [old, one, two] = await fenced();
    await cluster.take(one, 'taken by the fenced one');
    expect(await promote(old)).toEqual({ epoch: 0x2_0000, committed: true });
    await cluster.untilEqual(old, one, two);
    expect(old.cluster.leader?.fenced).toBe(false);
    expect((await textsOf(one)).sort()).toEqual(['first', 'taken by the fenced one']);
    expect(masters(old, one, two)).toEqual(['master']);
  });

  it.each(['slave-1', 'slave-2'])(
    'is lifted by a promotion of the master, however far %s is ahead, and whoever answers first',
    async (name) => {
      const [old, one, two] = await three();
      const node = cluster.node(name);
      await node.log.promise(0x9_0000, node.log.store);
      await cluster.until(() => old.cluster.leader?.fenced === true, 'fenced');
      expect(await promote(old)).toEqual({ epoch: 0xa_0000, committed: true });
      await cluster.untilEqual(old, one, two);
      expect(old.cluster.leader?.fenced).toBe(false);
    },
  );

  it('is lifted by trying again, too', async () => {
    const [old, one, two] = await fenced();
    expect(await promote(one)).toEqual({ epoch: 0x2_0000, committed: true });
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toEqual(['slave-1']);
  });

  it('after the master promised leaves no master until somebody is promoted', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate(two.name);
    let asked = 0;
    cluster.network.onRequest = (from, _to, kind) => {
      asked += from === one.name && kind === 'promise' ? 1 : 0;
      if (asked > 2) cluster.network.cut('master', one.name);
    };
    await expect(promote(one)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(masters(old, one, two)).toEqual([]);
    cluster.network.heal();
    await cluster.take(old, 'nobody leads');
    await cluster.pass(60_000);
    expect(masters(old, one, two)).toEqual([]);
    await promote(two);
    await cluster.untilEqual(old, one, two);
    expect(await textsOf(one)).toEqual(['first', 'nobody leads']);
  });
});

describe('two promotions at once', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'give at most one leader per epoch, and one in the end, order %i',
    async (seed) => {
      const random = seeded(seed);
      const nodes = await cluster.startAll(4);
      const begun: string[] = [];
      const watch = (): void => {
        for (const { log, name } of nodes) if (log.leading) begun.push(`${log.tail.epoch} ${name}`);
      };
      cluster.network.onRequest = (from, to, kind) => {
        watch();
        if (random() < 0.2) cluster.network.hold(from, to, kind);
        if (random() < 0.05) cluster.network.cut(from, to);
      };
      await cluster.takeMany(nodes[0], 5, 'before');
      const candidates = [nodes[1]!, nodes[2]!, nodes[0]];
      const outcomes = Promise.allSettled(candidates.map(({ cluster: node }) => node.promote()));
      for (const [i, node] of nodes.entries()) await cluster.take(node, `meanwhile ${i}`);
      await cluster.whilePassing(outcomes);
      watch();
      cluster.network.heal();
      await cluster.pass(20_000);
      watch();
      for (let tries = 0; masters(...nodes).length !== 1 && tries < 3; tries += 1) await promote(nodes[3]!);
      const [leader] = masters(...nodes);
      expect(leader).toBeDefined();
      await cluster.until(() => masters(...nodes).length === 1, 'one master');
      const fencing = nodes.find(({ name }) => name === masters(...nodes)[0])!;
      if (fencing.cluster.leader?.fenced) await promote(fencing);
      await cluster.untilEqual(...nodes);
      watch();
      const leaders = new Map<string, string>();
      for (const one of begun) {
        const [epoch, name] = one.split(' ') as [string, string];
        expect(leaders.get(epoch) ?? name).toBe(name);
        leaders.set(epoch, name);
      }
      const texts = await textsOf(nodes[4]!);
      expect(texts).toHaveLength(10);
      expect(new Set(texts).size).toBe(10);
    },
  );

  it('that need each other are both refused, and nobody leads; the next one is not', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate('master');
    const outcomes = Promise.allSettled([one.cluster.promote(), two.cluster.promote()]);
    for (const outcome of await cluster.whilePassing(outcomes))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NO_QUORUM' } });
    for (const { log } of [one, two]) expect(log.promised).toEqual({ epoch: 0x1_0000, to: log.store });
    expect(masters(one, two)).toEqual([]);
    expect(await promote(two)).toEqual({ epoch: 0x2_0000, committed: true });
    cluster.network.heal();
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toEqual(['slave-2']);
  });

  it('with a voter between them: the one that it promises gets it', async () => {
    const [old, one, two] = await three();
    cluster.network.cut(one.name, two.name);
    cluster.network.cut(two.name, one.name);
    const outcomes = Promise.allSettled([one.cluster.promote(), two.cluster.promote()]);
    const statuses = (await cluster.whilePassing(outcomes)).map(({ status }) => status);
    expect(statuses.sort()).toEqual(['fulfilled', 'rejected']);
    expect(masters(old, one, two)).toHaveLength(1);
    cluster.network.heal();
    await promote(cluster.node(masters(old, one, two)[0]!));
    await cluster.untilEqual(old, one, two);
    expect(masters(old, one, two)).toHaveLength(1);
  });
});

describe('a candidate whose list of members is old', () => {
  /** slave-1 knows of three members; five are there, and have entries that it lacks. */
  async function five(): Promise<[TestNode, TestNode, TestNode, TestNode, TestNode]> {
    const [old, one, two] = await three();
    cluster.network.isolate(one.name);
    const [third, fourth] = [await cluster.start('slave-3'), await cluster.start('slave-4')];
    cluster.network.isolate(one.name);
    await cluster.join(old, third);
    await cluster.join(old, fourth);
    await cluster.take(old, 'of five');
    await cluster.untilEqual(old, two, third, fourth);
    return [old, one, two, third, fourth];
  }

  it('needs a majority of the members that the best log names', async () => {
    const [old, one, two, third, fourth] = await five();
    cluster.network.heal();
    for (const node of [old, third, fourth]) cluster.network.isolate(node.name);
    await expect(promote(one)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(one.cluster.role).toBe('slave');
    expect(two.log.promised.epoch).toBeGreaterThan(1);
    cluster.network.heal();
    cluster.network.isolate('master');
    expect(await promote(one)).toMatchObject({ committed: true });
    cluster.network.heal();
    await cluster.untilEqual(old, one, two, third, fourth);
    expect(await textsOf(one)).toEqual(['first', 'of five']);
  });

  it('asks the members that it did not know, and takes the better log that they have', async () => {
    const [old, one, two, third, fourth] = await five();
    cluster.network.isolate(two.name);
    await cluster.take(old, 'of three of five');
    await cluster.until(() => old.log.committed.sequence === 3, 'committed');
    await cluster.stop(old);
    cluster.network.heal();
    await promote(one);
    await cluster.untilEqual(one, two, third, fourth);
    expect(await textsOf(two)).toEqual(['first', 'of five', 'of three of five']);
  });

  it('does not lead where it is no member any longer', async () => {
    const [old, one, two] = await three();
    cluster.network.isolate(one.name);
    await old.cluster.remove(one.name);
    await cluster.take(old, 'without slave-1');
    await cluster.untilEqual(old, two);
    cluster.network.heal();
    await expect(promote(one)).rejects.toMatchObject({ code: 'NO_VOTE' });
    expect(one.cluster.role).toBe('slave');
    expect(isVoter(two, one)).toBe(false);
  });
});

describe('a node without a vote', () => {
  it('cannot lead as a learner, and is not asked as one', async () => {
    const [old, one] = (await cluster.startAll(1)) as [TestNode, TestNode];
    const learner = await cluster.start('slave-2');
    cluster.network.cut(one.name, 'master');
    await old.cluster.register(registrationOf(learner));
    await cluster.pass(5000);
    expect(learner.cluster.members).toContainEqual({ ...registrationOf(learner), voting: false });
    await expect(promote(learner)).rejects.toMatchObject({ code: 'NO_VOTE' });
    cluster.network.isolate('master');
    await expect(promote(one)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(learner.log.promised.epoch).toBe(1);
  });

  it('cannot lead when it is no member', async () => {
    const stray = await cluster.start('stray');
    await expect(promote(stray)).rejects.toMatchObject({ code: 'NO_VOTE' });
    expect(stray.log.promised.epoch).toBe(0);
  });

  it('since its store lost something neither leads nor promises', async () => {
    const [old, one, two] = await three();
    await cluster.stop(old);
    await cluster.stop(one);
    await loseUpTo(one.disk, at(9));
    const learner = await cluster.start(one.name, { disk: one.disk });
    await expect(promote(learner)).rejects.toMatchObject({ code: 'NO_VOTE' });
    await expect(promote(two)).rejects.toMatchObject({ code: 'NO_QUORUM' });
    for (const { log } of [learner, two]) expect(log.promised.epoch).toBe(1);
  });
});

describe('a promise', () => {
  it('holds over a crash: the old master gets no acknowledgement', async () => {
    const [old, one, two] = await three();
    const epoch = 0x1_0000;
    await two.cluster.answerPromise({ store: two.log.store, epoch, candidate: one.log.store, dry: false });
    const again = await cluster.crash(two);
    await cluster.take(old, 'second');
    await cluster.pass(10_000);
    expect(await textsOf(again)).toEqual(['first']);
    expect(old.cluster.leader?.secondary(two.name)?.status().health).toBe('FENCED');
    expect(again.log.promised).toEqual({ epoch, to: one.log.store });
  });

  it('of a candidate that crashed before it led makes nobody a leader', async () => {
    const [old, one, two] = await three();
    cluster.network.hold(one.name, two.name, 'promise');
    cluster.network.hold(one.name, 'master', 'promise');
    await one.log.promise(0x1_0000, one.log.store);
    const again = await cluster.crash(one);
    expect(again.cluster.role).toBe('slave');
    cluster.network.heal();
    await cluster.take(old, 'second');
    await cluster.untilEqual(old, two);
    expect(await promote(again)).toMatchObject({ epoch: 0x2_0000, committed: true });
    await cluster.untilEqual(old, again, two);
  });
});

describe('a demotion', () => {
  it('leaves no master; webhooks wait until a node is promoted', async () => {
    const [old, one, two] = await three();
    await old.cluster.demote();
    expect(masters(old, one, two)).toEqual([]);
    expect(old.log.promised).toEqual({ epoch: 0x1_0000, to: NOBODY });
    expect(old.cluster.master).toBeUndefined();
    for (const [i, node] of [old, one, two].entries())
      expect((await cluster.take(node, `waits ${i}`)).sequence).toBeNull();
    expect(await pendingIn(old.log)).toEqual(['waits 0']);
    expect(await promote(two)).toEqual({ epoch: 0x2_0000, committed: true });
    await cluster.untilEqual(old, one, two);
    expect((await textsOf(one)).sort()).toEqual(['first', 'waits 0', 'waits 1', 'waits 2']);
  });

  it('holds over a restart', async () => {
    const [old, one, two] = await three();
    await old.cluster.demote();
    const again = await cluster.crash(old);
    expect(masters(again, one, two)).toEqual([]);
    await cluster.pass(60_000);
    expect(masters(again, one, two)).toEqual([]);
    expect(await promote(again)).toMatchObject({ committed: true });
    await cluster.untilEqual(again, one, two);
    expect(termOf(again.log.tail.epoch)).toBe(2);
  });

  it('of a master that is alone in its list can be taken back', async () => {
    const master = await cluster.start('master', { first: 'master' });
    await cluster.take(master, 'a');
    await master.cluster.demote();
    await cluster.take(master, 'b');
    expect(await promote(master)).toMatchObject({ committed: true });
    expect(await textsOf(master)).toEqual(['a', 'b']);
    expect(isCommitted(master)).toBe(true);
  });

  it('of a slave is refused', async () => {
    const [, one] = await three();
    await expect(one.cluster.demote()).rejects.toMatchObject({ code: 'NOT_LEADING' });
  });
});
