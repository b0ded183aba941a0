import { parseArgs } from 'node:util';
import { Cluster } from '../cluster/cluster';
import { untilCaughtUp, untilFollowed } from '../cluster/members';
import { print, wholeNumber } from '../cluster/program';
import { table } from '../proof/report';
import { load, machine, memoryOf, timed } from './measure';

const FILL = { connections: 64, seconds: 3_600 };
const DEADLINE_MS = 600_000;

/** How fast does a slave that was away catch up while writes go on, and what does it cost its master? */
export async function catchUp(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { entries: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
  });
  const entries = wholeNumber('entries', values.entries);
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
  const cluster = await Cluster.start({ slaves: 1, settings });
  try {
    const figures = await measure(cluster, entries);
    if (values.json) print(JSON.stringify({ machine: machine(), ...figures }));
    else
      print(
        `one slave away for ${entries} entries of about 1 kB\n${machine()}\n${table(Object.entries(figures))}`,
      );
  } finally {
    await cluster.remove();
  }
  return 0;
}

async function measure(cluster: Cluster, entries: number): Promise<Record<string, number>> {
  const { http, master } = cluster;
  const slave = cluster.node('slave-1');
  await untilFollowed(http, master.url, 1);
  await slave.stop();
  await load(master.url, { ...FILL, requests: entries });
  const memory = (): number => memoryOf(master.pid ?? 0).ownMib;
  const before = memory();
  await slave.start();
  const caughtUp = (sequence: number): Promise<void> =>
    untilCaughtUp(http, master.url, sequence, DEADLINE_MS);
  const quietMs = await timed(() => caughtUp(entries));
  const after = memory();
  await slave.stop();
  await load(master.url, { ...FILL, requests: entries });
  const beforeBusy = memory();
  await slave.start();
  const writing = load(master.url, { connections: 4, seconds: 3_600, requests: Math.floor(entries / 10) });
  const busyMs = await timed(() => caughtUp(2 * entries));
  const { requests, seconds } = await writing;
  return {
    'catch-up alone, entries/s': Math.round((1000 * entries) / quietMs),
    'own memory of the master before it, MiB': before,
    'own memory of the master after it, MiB': after,
    'catch-up while writes go on, entries/s': Math.round((1000 * entries) / busyMs),
    'writes meanwhile, entries/s': Math.round(requests / seconds),
    'own memory of the master before them, MiB': beforeBusy,
    'own memory of the master after them, MiB': memory(),
    'with mapped files at most, MiB': memoryOf(master.pid ?? 0).peakMib,
  };
}
