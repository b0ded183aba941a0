import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import type { Database } from '@hooklog/ordered-log';
import { Cluster, portOf, untilEqual, untilVoting } from './testing/cluster';
import { eventually } from './testing/eventually';
import { type Disk, memoryDisk, openLog } from './testing/nodes';
import { bodiesOf, take } from './testing/webhooks';

const NOW = Date.now();

describe('follow: a slave gets the master’s log', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  it('catches up with thousands of entries, then lives', async () => {
    const one = await cluster.master();
    await take(one.log, 'before', 3000, NOW - 60_000);
    const two = await cluster.slave('slave-1');
    await one.join(two);
    await untilEqual(one.log, two.log);
    await take(one.log, 'live', 50, NOW);
    await untilEqual(one.log, two.log);
    expect(await bodiesOf(two.log)).toHaveLength(3050);
    const status = await eventually(
      () => one.replication.secondaries().find(({ lag }) => lag === 0),
      'acknowledged',
    );
    expect(status).toMatchObject({ id: 'slave-1', health: 'HEALTHY', sequence: 3050, lastError: null });
    const unsigned = two.site.requests.filter((each) => !/^\w+ \S+ Hooklog time=/.test(each));
    expect([two.site.requests.length > 0, unsigned]).toEqual([true, []]);
  });

  it('sends one entry that is larger than a batch', async () => {
    const one = await cluster.master({ limits: { batchBytesMax: 1000 } });
    await take(one.log, 'x'.repeat(50_000), 3, NOW);
    const two = await cluster.slave('slave-1');
    await one.join(two);
    await untilEqual(one.log, two.log);
  });

  it('goes on where a slave was stopped', async () => {
    const disk = memoryDisk();
    const one = await cluster.master();
    const two = await cluster.slave('slave-1', { disk });
    await one.join(two);
    await take(one.log, 'a', 20, NOW);
    await untilEqual(one.log, two.log);
    await cluster.close(two);
    await take(one.log, 'b', 500, NOW + 100);
    await eventually(() => one.replication.secondaries()[0]?.health === 'UNREACHABLE', 'the slave is missed');
    const again = await cluster.slave('slave-1', { disk, port: portOf(two) });
    await untilEqual(one.log, again.log);
    await eventually(() => one.replication.secondaries()[0]?.health === 'HEALTHY', 'the slave is back');
  });

  it('knows whether its master is away', async () => {
    const one = await cluster.master();
    const two = await cluster.slave('slave-1', { limits: { masterSilenceMsMin: 300 } });
    expect(two.replication.isMasterAway).toBe(true);
    await one.join(two);
    await eventually(() => !two.replication.isMasterAway, 'heard');
    expect(one.replication.isMasterAway).toBe(false);
    await cluster.close(one);
    await eventually(() => two.replication.isMasterAway, 'away');
  });

  it('knows its members after a restart of the master, and sends in the new epoch', async () => {
    const disk = memoryDisk();
    const one = await cluster.master({ disk });
    const two = await cluster.slave('slave-1');
    await one.join(two);
    await take(one.log, 'a', 20, NOW);
    await untilEqual(one.log, two.log);
    await cluster.close(one);
    const again = await cluster.master({ disk });
    expect(again.log.tail.epoch).toBe(2);
    await take(again.log, 'b', 20, NOW + 100);
    await untilEqual(again.log, two.log);
    expect(two.log.tail.epoch).toBe(2);
  });

  it('tells since when a slave is away, and logs each change once', async () => {
    const one = await cluster.master();
    const two = await cluster.slave('slave-1');
    await one.join(two);
    await eventually(() => one.replication.secondaries()[0]?.health === 'HEALTHY', 'healthy');
    await cluster.close(two);
    const lost = await eventually(
      () => one.replication.secondaries().find((s) => s.health === 'UNREACHABLE'),
      'missed',
    );
    expect(lost.lastError).toBe('PEER_UNREACHABLE');
    await eventually(() => lost.since < Date.now() - 200, 'many tries later');
    expect(one.replication.secondaries()[0]?.since).toBe(lost.since);
    const warnings = one.logger.lines.filter(
      ({ level, line }) => level === 'warn' && line.startsWith('follow'),
    );
    expect(warnings).toHaveLength(1);
  });

  it('never touches a slave with another log', async () => {
    const one = await cluster.master();
    await take(one.log, 'mine', 5, NOW);
    const disk = memoryDisk();
    const other = await openLog('slave-1', disk);
    await other.lead();
    await take(other, 'other', 9, NOW);
    await other.close();
    const two = await cluster.slave('slave-1', { disk });
    await one.join(two);
    const status = await eventually(
      () => one.replication.secondaries().find((s) => s.health === 'DIVERGED'),
      'diverged',
    );
    expect(status.lastError).toBe('OTHER_LOG');
    expect(two.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect((await bodiesOf(two.log))[0]).toBe('other 0');
    expect(two.log.tail.position.sequence).toBe(9);
  });

  it('waits for the registration when the store behind a URL is another one', async () => {
    const one = await cluster.master();
    const two = await cluster.slave('slave-1');
    await one.join(two);
    await take(one.log, 'a', 5, NOW);
    await untilVoting(one, 1);
    await untilEqual(one.log, two.log);
    await cluster.close(two);
    const wiped = await cluster.slave('slave-1', { port: portOf(two) });
    await eventually(() => one.replication.secondaries()[0]?.lastError === 'STORE_CHANGED', 'noticed');
    expect(wiped.log.tail.position.sequence).toBe(0);
    expect(wiped.contacts).toBe(0);
    await one.join(wiped);
    await untilEqual(one.log, wiped.log);
  });

  it('follows from disk to disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooklog-follow-'));
    try {
      const one = await cluster.master({ disk: disk(folder, 'master') });
      const two = await cluster.slave('slave-1', { disk: disk(folder, 'slave') });
      await one.join(two);
      await take(one.log, 'disk', 300, NOW);
      await untilEqual(one.log, two.log);
      await cluster.close(two);
      await cluster.close(one);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function disk(folder: string, node: string): Disk {
  const open = (name: string): Database =>
    new Level<Buffer, Buffer>(join(folder, `${node}-${name}`), {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    });
  return { log: open('log'), index: open('index') };
}
