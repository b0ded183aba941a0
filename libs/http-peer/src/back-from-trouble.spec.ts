import { connect } from 'node:net';
import { MemoryLevel } from 'memory-level';
import type { Database } from '@hooklog/ordered-log';
import { Cluster, portOf, untilEqual } from './testing/cluster';
import { eventually } from './testing/eventually';
import { type Disk, memoryDisk, NO_SYNC, openLog, startRegistration } from './testing/nodes';
import { bodiesOf, take, webhook } from './testing/webhooks';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

const cluster = new Cluster();
afterEach(() => cluster.closeAll());

async function copyOf(database: Database): Promise<Database> {
  const copy: Database = new MemoryLevel<Buffer, Buffer>({
    storeEncoding: 'buffer',
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  });
  await copy.open();
  for (const [key, value] of await database.iterator().all()) await copy.put(key, value);
  return copy;
}

describe('a slave that was away', () => {
  it('loses nothing that it takes after its disk was restored from a backup', async () => {
    const master = await cluster.master();
    const disk = memoryDisk();
    const slave = await cluster.slave('slave-1', { disk });
    await master.join(slave);
    await take(slave.log, 'old', 5, NOW);
    await untilEqual(master.log, slave.log);
    const backup: Disk = { log: await copyOf(disk.log), index: memoryDisk().index };
    await take(slave.log, 'later', 5, NOW + 1000);
    await untilEqual(master.log, slave.log);
    await cluster.close(slave);
    const log = await openLog('slave-1', backup);
    const answered = await log.append(webhook('new', log.receivedAt(NOW + 2000)));
    const again = await cluster.slave('slave-1', { log, port: portOf(slave) });
    await master.join(again);
    await eventually(() => master.log.tail.chain.equals(log.tail.chain), 'it follows');
    await master.replication.triggerSync();
    await untilEqual(master.log, log);
    expect(await master.log.find(answered.key)).toHaveLength(1);
    expect(await bodiesOf(log)).toHaveLength(11);
  });

  it('hands over by reconciling alone what it took with a clock that went back in a crash', async () => {
    const limits = { clockSkewMsMax: 2 * HOUR };
    const master = await cluster.master({ collect: false, sync: NO_SYNC, limits, now: () => NOW });
    const disk = memoryDisk();
    const slave = await cluster.slave('slave-1', { disk, now: () => NOW });
    await master.join(slave);
    await take(slave.log, 'a', 1, NOW - 2 * HOUR);
    await master.replication.triggerSync({ settleMs: 0 });
    await untilEqual(master.log, slave.log);
    const crashed: Disk = { log: await copyOf(disk.log), index: await copyOf(disk.index) };
    await cluster.close(slave);
    const log = await openLog('slave-1', crashed);
    await log.append(webhook('behind', log.receivedAt(NOW - HOUR)));
    const own = { log, port: portOf(slave), limits };
    const again = await cluster.slave('slave-1', { ...own, now: () => NOW - HOUR });
    await master.join(again);
    // a run may still meet a connection of before the crash
    const runs = async () => (await master.replication.triggerSync({ settleMs: 0 }))[0]?.ok;
    await eventually(runs, 'a run that is not cut');
    await untilEqual(master.log, log);
    expect(await bodiesOf(log)).toHaveLength(2);
  });
});

describe('a node in trouble', () => {
  it('is tried more and more slowly, and told once, while the master has no room', async () => {
    const limits = { retryMinMs: 20, retryMaxMs: 10_000, streamHeartbeatMs: 10_000 };
    const full = Object.assign(new Error('no room'), { code: 'DISK_FULL' });
    let tries = 0;
    const admit = (): Promise<void> => ((tries += 1), Promise.reject(full));
    const master = await cluster.master({ limits, admit });
    const slave = await cluster.slave();
    await take(slave.log, 'x', 10, NOW);
    await master.join(slave);
    await eventually(() => tries === 5, 'tried again');
    const told = master.logger.lines.filter(({ line }) => line.startsWith('collect'));
    expect(told).toMatchObject([{ level: 'warn', fields: { code: 'DISK_FULL' } }]);
  });

  it('follows again once half-open appends have been silent for long enough', async () => {
    const master = await cluster.master();
    const slave = await cluster.slave('slave-1', { limits: { streamSilenceMs: 150 } });
    const halfOpen = Array.from({ length: 4 }, () => connect(portOf(slave), '127.0.0.1'));
    for (const socket of halfOpen) {
      socket.on('error', () => undefined);
      socket.write('POST /peer/v1/append HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nabc');
    }
    await take(master.log, 'm', 10, NOW);
    await master.join(slave);
    await untilEqual(master.log, slave.log);
    for (const socket of halfOpen) socket.destroy();
    expect(await bodiesOf(slave.log)).toHaveLength(10);
  });

  it('is warned about when two slaves share one name', async () => {
    const master = await cluster.master();
    const [one, two] = [await cluster.slave('slave'), await cluster.slave('slave')];
    const registrations = [startRegistration(master.site, one), startRegistration(master.site, two)];
    await eventually(
      () => master.logger.lines.some(({ level, line }) => level === 'warn' && line.includes('NODE_ID')),
      'warned',
    );
    for (const registration of registrations) await registration.stop();
  });
});
