import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EntryKey, identify, printEntryKey } from '@hooklog/object-id';
import { OrderedLog } from '@hooklog/ordered-log';
import { openStore, serviceToken } from '@hooklog/service';
import { Cluster } from '../cluster/cluster';
import { HttpClient } from '../cluster/http-client';
import { untilCaughtUp } from '../cluster/members';
import type { NodeProcess } from '../cluster/node-process';
import { print, wholeNumber } from '../cluster/program';
import { seeded } from '../proof/random';
import { table } from '../proof/report';
import { AskedNode } from '../verify/asked-node';
import { verify } from '../verify/verify';
import { machine, median, memoryOf, timed } from './measure';

const BODY_BYTES = 256;
const PAGE = 1024;
const STARTS = 3;
const DEADLINE_MS = 1_200_000;
const SETTLE_SECONDS = 60;
const SECRET = 'secret-of-a-private-cluster';

/** What a master says of one comparison. */
interface Report {
  readonly ok: boolean;
  readonly complete: boolean;
  readonly compared: number;
  readonly missing: number;
  readonly appended: number;
  readonly rounds: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly milliseconds: number;
}

/**
 * What do two real nodes with many entries need to see that they are equal, and to find what one lacks? Beside it the
 * id list of the same range, and how long a node takes to start on so many entries.
 */
export async function reconcileNodes(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      entries: { type: 'string', default: '1000000' },
      missing: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  });
  const [entries, missing] = [wholeNumber('entries', values.entries), wholeNumber('missing', values.missing)];
  const quiet = { LOG_LEVEL: 'warn', NODE_ENV: 'production', COLLECT: 'off', SYNC_INTERVAL_SECONDS: '0' };
  const cluster = await Cluster.prepare({ slaves: 1, settings: { ...quiet, CLUSTER_SECRET: SECRET } });
  try {
    const figures = await measure(cluster, entries, missing);
    if (values.json) print(JSON.stringify({ machine: machine(), ...figures }));
    else {
      const what = `a master and a slave with ${entries} entries of ${BODY_BYTES} B, one a second; the slave has ${missing} more`;
      print(`${what}\n${machine()}\n${table(Object.entries(figures))}`);
    }
  } finally {
    await cluster.remove();
  }
  return 0;
}

async function measure(
  cluster: Cluster,
  entries: number,
  missing: number,
): Promise<Record<string, string | number>> {
  const { master } = cluster;
  const [slave] = cluster.slaves as [NodeProcess];
  const firstAt = (Math.floor(Date.now() / 1000) - entries - 120) * 1000;
  const keys = await fill(join(cluster.dir, 'master'), 'master', true, entries, (i) => firstAt + i * 1000);
  await master.start();
  await slave.start();
  const followedMs = await timed(() => caughtUp(cluster, entries));
  const inSync = await triggerSync(cluster);
  const starts = await startTimes(slave);
  await slave.stop();
  const random = seeded(missing);
  const anywhere = (): number => firstAt + Math.floor(random() * entries) * 1000 + 500;
  await fill(join(cluster.dir, 'slave-1'), 'slave-1', false, missing, anywhere, 'late');
  await slave.start();
  await caughtUp(cluster, entries);
  const ranges = await compareByRanges(master, slave);
  const list = await askByIdList(slave, keys, firstAt / 1000, entries + 100);
  const found = await triggerSync(cluster);
  const again = await untilEqual(cluster, entries + missing);
  return {
    'the slave follows from nothing, entries/s': Math.round((entries / followedMs) * 1000),
    'in sync: bytes, both directions': inSync.bytesUp + inSync.bytesDown,
    'in sync: ms': inSync.milliseconds,
    'ranges alone, as npm run verify compares: entries found': ranges.found,
    'ranges alone: bytes, both directions': ranges.bytes,
    'ranges alone: bytes per entry found': Math.round(ranges.bytes / ranges.found),
    'ranges alone: ms': ranges.milliseconds,
    'missing entries found, and appended': `${found.missing}, ${found.appended}`,
    'bytes up': found.bytesUp,
    'bytes down, entries included': found.bytesDown,
    questions: found.rounds,
    'ms until all are in the log': found.milliseconds,
    'once more: missing, bytes': `${again.missing}, ${again.bytesUp + again.bytesDown}`,
    'id list: bytes up': list.bytesUp,
    'id list: bytes down, entries included': list.bytesDown,
    'id list: ms until all are there': list.milliseconds,
    'start of the slave after a clean stop, ms (median of 3)': starts.afterStop,
    'start of the slave after kill -9, ms (median of 3)': starts.afterKill,
    'memory of the master, MiB': memoryOf(master.pid ?? 0).rssMib,
  };
}

/** Takes webhooks of chosen times into the store of a node that does not run. */
async function fill(
  dataDir: string,
  node: string,
  leads: boolean,
  count: number,
  timeOf: (i: number) => number,
  name = 'entry',
): Promise<EntryKey[]> {
  const store = await openStore({ dataDir });
  const log = await OrderedLog.open({ ...store, node });
  if (leads) await log.lead();
  const keys: EntryKey[] = [];
  for (let from = 0; from < count; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, count - from) }, (_none, i) => {
      const head = `{"id":"${name} ${from + i}","note":"`;
      const body = Buffer.from(`${head}${'x'.repeat(BODY_BYTES - head.length - 2)}"}`);
      const receivedAt = timeOf(from + i);
      const { key, digest } = identify(body, receivedAt);
      keys.push(key);
      return log.append({ key, digest, receivedAt, kind: 'json', headers: [], body });
    });
    await Promise.all(page);
  }
  await log.close();
  return keys;
}

function caughtUp({ http, master }: Cluster, sequence: number): Promise<void> {
  return untilCaughtUp(http, master.url, sequence, DEADLINE_MS);
}

/** Also when nothing is missing any longer, a copy may differ until the slave has heard of it. */
async function untilEqual(cluster: Cluster, sequence: number): Promise<Report> {
  await caughtUp(cluster, sequence);
  return triggerSync(cluster);
}

async function triggerSync({ http, master }: Cluster): Promise<Report> {
  const { reports } = await http.json<{ reports: Report[] }>(`${master.url}/trigger_sync`, {
    method: 'POST',
    timeoutMs: DEADLINE_MS,
  });
  const [report] = reports;
  if (!report?.ok || !report.complete) throw new Error(`no comparison: ${JSON.stringify(report)}`);
  return report;
}

/** What the slave has and the master lacks, found by fingerprints of ranges: by the one that knows neither. */
async function compareByRanges(
  master: NodeProcess,
  slave: NodeProcess,
): Promise<{ readonly found: number; readonly bytes: number; readonly milliseconds: number }> {
  const nodes = [new AskedNode(master.url, SECRET), new AskedNode(slave.url, SECRET)] as const;
  const begin = performance.now();
  const { first, second } = await verify(...nodes, SETTLE_SECONDS);
  return {
    found: first.length + second.length,
    bytes: nodes[0].bytes + nodes[1].bytes,
    milliseconds: Math.round(performance.now() - begin),
  };
}

/** As a master of the webhook store asks: all ids of the range, and lines of what is not among them. */
async function askByIdList(
  slave: NodeProcess,
  keys: readonly EntryKey[],
  start: number,
  seconds: number,
): Promise<{ readonly bytesUp: number; readonly bytesDown: number; readonly milliseconds: number }> {
  const ids = keys.map((key) => `"${printEntryKey(key).slice(0, 16)}"`).join();
  const list = `{"slave_range_start":${start},"slave_range_end":${start + seconds},"master_ids":[${ids}]}`;
  const begin = performance.now();
  const response = await fetch(`${slave.url}/master_sync`, {
    method: 'POST',
    body: list,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceToken(SECRET)}` },
  });
  const answer = await response.arrayBuffer();
  if (response.status !== 200) throw new Error(Buffer.from(answer).toString());
  return {
    bytesUp: list.length,
    bytesDown: answer.byteLength,
    milliseconds: Math.round(performance.now() - begin),
  };
}

async function startTimes(
  node: NodeProcess,
): Promise<{ readonly afterStop: number; readonly afterKill: number }> {
  const times = async (end: () => Promise<unknown>): Promise<number> => {
    const taken: number[] = [];
    for (let each = 0; each < STARTS; each += 1) {
      await end();
      taken.push(await timed(() => node.start()));
    }
    return Math.round(median(taken));
  };
  const afterStop = await times(() => node.stop());
  // without a write before it, a kill is a clean stop
  const http = new HttpClient();
  const afterKill = await times(async () => {
    await http.json(`${node.url}/webhook`, {
      method: 'POST',
      body: Buffer.from(`{"at":${performance.now()}}`),
    });
    await node.kill();
  });
  http.close();
  return { afterStop, afterKill };
}
