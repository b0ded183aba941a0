import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';
import { print, wholeNumber } from '../cluster/program';
import { table } from '../proof/report';
import { load, machine, memoryOf } from './measure';

const FILL = { connections: 64, seconds: 3_600 };
const STARTS = 3;

/** How much memory does a master with many entries need, and how long does it take to start on them? */
export async function start(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { entries: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
  });
  const entries = wholeNumber('entries', values.entries);
  const dataDir = mkdtempSync(join(tmpdir(), 'hooklog-bench-'));
  const http = new HttpClient();
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
  const node = new NodeProcess(
    { role: 'master', name: 'master', port: await freePort(), dataDir, settings },
    http,
  );
  try {
    const figures = await measure(node, entries);
    if (values.json) print(JSON.stringify({ machine: machine(), ...figures }));
    else
      print(`one master, ${entries} entries of about 1 kB\n${machine()}\n${table(Object.entries(figures))}`);
  } finally {
    await node.kill();
    http.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return 0;
}

async function measure(node: NodeProcess, entries: number): Promise<Record<string, number>> {
  const emptyStart = await timedStart(node);
  const empty = memoryOf(node.pid ?? 0);
  const { requests } = await load(node.url, { ...FILL, requests: entries });
  const full = memoryOf(node.pid ?? 0);
  const afterStop: number[] = [];
  for (let each = 0; each < STARTS; each += 1) {
    await node.stop();
    afterStop.push(await timedStart(node));
  }
  const restarted = memoryOf(node.pid ?? 0);
  const afterKill: number[] = [];
  for (let each = 0; each < STARTS; each += 1) {
    await load(node.url, { connections: 1, seconds: 10, requests: 1 }); // a kill without a write before it is a clean stop
    await node.kill();
    afterKill.push(await timedStart(node));
  }
  return {
    'entries written': requests,
    'start on an empty folder, ms': emptyStart,
    'start after a clean stop, ms (slowest of 3)': Math.max(...afterStop),
    'start after kill -9, ms (slowest of 3)': Math.max(...afterKill),
    'memory when empty, MiB': empty.rssMib,
    'memory after the entries, MiB': full.rssMib,
    'memory at most, MiB': full.peakMib,
    'memory after the restart, MiB': restarted.rssMib,
  };
}

/** From the start of the process to the first 200 of /readyz, in ms. */
async function timedStart(node: NodeProcess): Promise<number> {
  const begin = performance.now();
  await node.start();
  return Math.round(performance.now() - begin);
}
