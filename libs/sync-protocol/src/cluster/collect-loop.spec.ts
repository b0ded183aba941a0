import { decodeRecord, START } from '@hooklog/ordered-log';
import { registrationOf, TestCluster, type TestNode, textsOf } from '../testing/cluster';
import { collectedName, readCheckpoint } from './checkpoint';

let cluster: TestCluster;
beforeEach(() => (cluster = new TestCluster()));
afterEach(() => cluster.closeAll());

type Two = [TestNode, TestNode];

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `a ${i}`);
}

function failureOf(master: TestNode): string | undefined {
  return master.cluster.leader?.secondary('slave-1')?.status().failure?.code;
}

describe('what a slave takes', () => {
  it('is collected as it comes, in the order of its arrival, and forgotten there when the log names it', async () => {
    const [master, slave] = (await cluster.startAll(1)) as Two;
    for (const text of numbered(20)) {
      await cluster.take(slave, text);
      if (text.endsWith('9')) await cluster.settle();
    }
    await cluster.untilEqual(master, slave);
    expect(await textsOf(master)).toEqual(numbered(20));
    expect(slave.log.pendingEntries).toBe(0);
  });

  it('is collected once, wherever the stream was cut', async () => {
    const [master, slave] = (await cluster.startAll(1)) as Two;
    for (const [i, text] of numbered(40).entries()) {
      await cluster.take(slave, text);
      if (i % 7 === 3) cluster.network.cut('slave-1', 'master');
      if (i % 7 === 5) cluster.network.heal();
      if (i % 5 === 0) await cluster.pass(300);
    }
    cluster.network.heal();
    await cluster.untilEqual(master, slave);
    expect(await textsOf(master)).toEqual(numbered(40));
    const records = (await master.log.records(START, { recordsMax: 100 })).map(decodeRecord);
    expect(records.filter(({ type }) => type === 'receipt')).toEqual([]);
  });

  it('goes on behind the last page after a restart of the master', async () => {
    const [first, slave] = (await cluster.startAll(1)) as Two;
    await cluster.takeMany(slave, 10, 'a');
    await cluster.untilEqual(first, slave);
    const master = await cluster.crash(first);
    expect(await readCheckpoint(master.log, collectedName(slave.log.store))).toBe(10);
    expect(master.cluster.leader?.secondary('slave-1')?.status().collected).toBe(10);
    await cluster.take(slave, 'b');
    await cluster.untilEqual(master, slave);
    expect(await textsOf(master)).toEqual([...numbered(10), 'b']);
  });

  it('stays there while the master must not write, and is collected when it may', async () => {
    let full = false;
    const admit = (): Promise<void> =>
      full ? Promise.reject(Object.assign(new Error('full'), { code: 'DISK_FULL' })) : Promise.resolve();
    const master = await cluster.start('master', { first: 'master', admit });
    const slave = await cluster.start('slave-1');
    await cluster.join(master, slave);
    full = true;
    await cluster.takeMany(slave, 3, 'a');
    await cluster.pass(20_000);
    expect(failureOf(master)).toBe('DISK_FULL');
    expect(slave.log.pendingEntries).toBe(3);
    expect(master.logger.of('warn').filter((line) => line.includes('DISK_FULL'))).toHaveLength(1);
    full = false;
    await cluster.untilEqual(master, slave);
    await cluster.until(() => failureOf(master) === undefined, 'well again');
  });

  it('is left there where collecting is switched off', async () => {
    const [, slave] = (await cluster.startAll(1, { collect: false })) as Two;
    await cluster.take(slave, 'a');
    await cluster.pass(60_000);
    expect(slave.log.pendingEntries).toBe(1);
    expect(cluster.network.arrived.join()).not.toContain('pending');
  });

  it('is collected from a learner, too', async () => {
    const [master, slave] = [
      await cluster.start('master', { first: 'master' }),
      await cluster.start('slave-1'),
    ];
    cluster.network.hold('master', 'slave-1', 'append');
    await master.cluster.register(registrationOf(slave));
    await cluster.takeMany(slave, 3, 'a');
    await cluster.settle();
    expect(await textsOf(master)).toEqual(numbered(3));
  });
});
