import { NOBODY, type OrderedLog, ROLLBACK } from '@hooklog/ordered-log';
import { printEntryKey } from '@hooklog/object-id';
import { Cluster, portOf, untilEqual, untilVoting } from './testing/cluster';
import { eventually } from './testing/eventually';
import { type Disk, memoryDisk, type Node, openLog, startRegistration } from './testing/nodes';
import { Network } from './testing/network';
import { bodiesOf, take } from './testing/webhooks';

const NOW = Date.now();
const LONG_MS = 60_000;

interface Moved {
  readonly sequence: number;
  readonly type: string;
  readonly key?: string;
  readonly pendingAs?: object | null;
}

/** What the rows say that was taken from the end of a log. */
async function movedIn(log: OrderedLog): Promise<Moved[]> {
  const rows = await Promise.all((await log.metaNames(ROLLBACK)).map((name) => log.readMeta(name)));
  return rows.flatMap((row) =>
    String(row)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Moved),
  );
}

async function keysOf(log: OrderedLog, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, body } of log.entries(0))
    if (body.includes(`"${prefix}`)) keys.push(printEntryKey(key));
  return keys.sort();
}

describe('promotion of a slave, and demotion of a master', () => {
  const cluster = new Cluster();
  const stops: { stop(): Promise<void> }[] = [];
  let network: Network;
  let [a, b, c]: Node[] = [];
  const disks: Disk[] = [];

  /** a is the master, b and c are voters. */
  beforeEach(async () => {
    network = new Network();
    disks.splice(0, 3, memoryDisk(), memoryDisk(), memoryDisk());
    a = await cluster.master({ network, disk: disks[0]! });
    b = await cluster.slave('slave-1', { network, disk: disks[1]! });
    c = await cluster.slave('slave-2', { network, disk: disks[2]! });
    await a.join(b);
    await a.join(c);
    await untilVoting(a, 2);
    await take(a.log, 'common', 20, NOW - 5000);
    await untilEqual(a.log, b.log, c.log);
  });
  afterEach(async () => {
    for (const one of stops.splice(0)) await one.stop();
    await cluster.closeAll();
  });

  it('with the old master cut off, both taking webhooks: nothing is lost or doubled, and what moved is named', async () => {
    network.cutOff('master');
    expect(await b!.replication.promote()).toMatchObject({ committed: true });
    await take(a!.log, 'old', 10, NOW);
    await take(b!.log, 'new', 10, NOW);
    await take(c!.log, 'pending', 10, NOW);
    expect([a!.replication.role, b!.replication.role]).toEqual(['master', 'master']);
    expect([a!.log.tail.position.sequence, a!.log.committed.sequence]).toEqual([30, 20]);
    await eventually(() => !a!.replication.reachable('majority'), 'the old master sees that it is alone');
    const provisional = await keysOf(a!.log, 'old');
    // else the old master, while nobody has told it, collects what is still pending elsewhere
    await untilEqual(b!.log, c!.log);

    network.heal();
    await untilEqual(b!.log, a!.log, c!.log);
    expect(a!.replication.role).toBe('slave');
    expect(a!.replication.master).toMatchObject({ node: 'slave-1', url: b!.site.url });
    const bodies = await bodiesOf(a!.log);
    expect([bodies.length, new Set(bodies).size]).toEqual([50, 50]);
    expect([await bodiesOf(b!.log), await bodiesOf(c!.log)]).toEqual([bodies, bodies]);

    const moved = (await movedIn(a!.log)).filter(({ type }) => type === 'entry');
    expect(moved.map(({ key }) => key).sort()).toEqual(provisional);
    expect(moved.map(({ sequence }) => sequence).sort()).toEqual(provisional.map((_, i) => 21 + i));
    expect(moved.every(({ pendingAs }) => pendingAs)).toBe(true);
    for (const { log } of [b!, c!]) expect(await log.metaNames(ROLLBACK)).toEqual([]);
  });

  it('is refused without a majority, and then changes nothing', async () => {
    network.cutOff('slave-1');
    await expect(b!.replication.promote()).rejects.toMatchObject({ code: 'NO_QUORUM' });
    network.heal();
    await take(a!.log, 'later', 5, NOW);
    await untilEqual(a!.log, b!.log, c!.log);
    expect([a!.replication.role, b!.replication.role]).toEqual(['master', 'slave']);
  });

  it('with everybody there: the old master stops at once, and those who wait for it are told', async () => {
    await cluster.close(c!);
    await take(a!.log, 'late', 1, NOW);
    const waiting = a!.replication.replicated(21, 'all', LONG_MS);
    const { committed } = await b!.replication.promote();
    expect([committed, a!.replication.role, b!.replication.role]).toEqual([true, 'slave', 'master']);
    expect(await waiting).toMatchObject({ met: false, deposed: true });
    await untilEqual(b!.log, a!.log);
    expect(await bodiesOf(b!.log)).toContain('late 0');
    await expect(a!.replication.triggerSync()).rejects.toMatchObject({ code: 'NOT_LEADING' });
    expect(await b!.replication.triggerSync()).toMatchObject([
      { id: 'master', ok: true },
      { id: 'slave-2', ok: false },
    ]);
  });

  it('of two at once makes one master', async () => {
    await Promise.allSettled([b!.replication.promote(), c!.replication.promote()]);
    const masters = () => [a!, b!, c!].filter(({ replication }) => replication.role === 'master');
    if (masters().length === 0) await b!.replication.promote();
    await take(a!.log, 'x', 5, NOW);
    await eventually(() => masters().length === 1, 'one master');
    await untilEqual(masters()[0]!.log, a!.log, b!.log, c!.log);
    expect(await bodiesOf(c!.log)).toHaveLength(25);
  });

  it('demoted, a master takes webhooks as pending, also after a restart, until one is promoted', async () => {
    await a!.replication.demote();
    await expect(a!.replication.demote()).rejects.toMatchObject({ code: 'NOT_LEADING' });
    expect([a!.replication.role, a!.replication.secondaries(), a!.replication.quorum]).toEqual([
      'slave',
      [],
      undefined,
    ]);
    await take(a!.log, 'meanwhile', 5, NOW);
    expect(a!.log.pendingEntries).toBe(5);
    await cluster.close(a!);
    a = await cluster.master({ network, disk: disks[0]!, port: portOf(a!) });
    expect(a.replication.role).toBe('slave');
    await b!.replication.promote();
    await untilEqual(b!.log, a.log, c!.log);
    expect(await bodiesOf(a.log)).toHaveLength(25);
    expect(
      b!.replication
        .secondaries()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['master', 'slave-2']);
  });

  it('is led back by promoting the old master again', async () => {
    await b!.replication.promote();
    await untilEqual(b!.log, a!.log, c!.log);
    await a!.replication.promote();
    await take(c!.log, 'x', 5, NOW);
    await untilEqual(a!.log, b!.log, c!.log);
    expect([a!.replication.role, b!.replication.role]).toEqual(['master', 'slave']);
    expect(a!.replication.secondaries().every(({ voting }) => voting)).toBe(true);
  });

  it('is followed by registrations: who asks the old master is sent to the new one', async () => {
    await b!.replication.promote();
    await untilEqual(b!.log, a!.log, c!.log);
    const d = await cluster.slave('slave-3', { network });
    const registration = startRegistration(a!.site, d);
    stops.push(registration);
    await untilEqual(b!.log, d.log);
    expect(registration.registered).toBe(true);
    expect(d.site.requests.filter((line) => line.includes('/peer/v1/append')).length).toBeGreaterThan(0);
    await untilVoting(b!, 3);
  });

  it('makes a registration rest while its node is the master, and begin again when it is no longer', async () => {
    const registration = startRegistration(undefined, a!, 50);
    stops.push(registration);
    const asked = () => b!.site.requests.filter((line) => line.includes('/register')).length;
    await b!.replication.promote();
    await eventually(() => registration.registered, 'registered at the new master');
    expect(asked()).toBe(1);
    await a!.replication.promote();
    await eventually(() => !registration.registered, 'at rest');
  });

  it('never overwrites what is committed elsewhere: the member is shown as DIVERGED', async () => {
    for (const node of [a!, b!, c!]) await cluster.close(node);
    const other = await openLog('slave-1', disks[1]);
    await other.promise(1 << 16, other.store);
    await other.lead(1 << 16);
    await take(other, 'other', 3, NOW);
    other.commit(other.tail.position);
    await other.promise((1 << 16) + 1, NOBODY);
    await other.close();
    const mine = await openLog('master', disks[0]);
    await mine.promise(2 << 16, mine.store);
    await mine.lead(2 << 16);
    await mine.close();

    b = await cluster.slave('slave-1', { network, disk: disks[1]!, port: portOf(b!) });
    a = await cluster.master({ network, disk: disks[0]! });
    const status = await eventually(
      () => a!.replication.secondaries().find(({ id, health }) => id === 'slave-1' && health === 'DIVERGED'),
      'diverged',
    );
    expect(status.lastError).toBe('DIVERGED');
    expect((await bodiesOf(b.log)).slice(20)).toEqual(['other 0', 'other 1', 'other 2']);
    expect(await b.log.metaNames(ROLLBACK)).toEqual([]);
    expect(b.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});
