import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Level } from 'level';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';
import { print, wholeNumber } from '../cluster/program';
import { table } from '../proof/report';
import { load, machine, memoryOf } from './measure';
import { usageOf } from './usage';

const PARTS = 10;
const PART = { connections: 64, seconds: 3_600 };
const WARM_UP = { connections: 64, seconds: 3 };
/** Rows of the log begin with l. */
const LOG_ROWS = { gte: Buffer.from('l'), lt: Buffer.from('m') };

/** Does a node stay as fast and as small as it was, and how much does it write? */
export async function million(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { entries: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
  });
  const entries = wholeNumber('entries', values.entries);
  const dataDir = mkdtempSync(join(tmpdir(), 'hooklog-bench-'));
  try {
    const figures = await measure(dataDir, entries);
    if (values.json) print(JSON.stringify({ machine: machine(), entries, ...figures }));
    else
      print(
        `${entries} entries of about 1 kB, one after the other tenth\n${machine()}\n${table(Object.entries(figures))}`,
      );
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  return 0;
}

async function measure(dataDir: string, entries: number): Promise<Record<string, number | string>> {
  const http = new HttpClient();
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
  const place = { role: 'master', name: 'master', port: await freePort(), dataDir, settings } as const;
  const node = new NodeProcess(place, http);
  try {
    await node.start();
    const { requests } = await load(node.url, WARM_UP);
    const before = usageOf([node.pid ?? 0]);
    const rates: number[] = [];
    for (let part = 0; part < PARTS; part += 1) {
      const result = await load(node.url, { ...PART, requests: Math.ceil(entries / PARTS) });
      rates.push(result.requests / result.seconds);
    }
    const { bytesWritten } = usageOf([node.pid ?? 0]);
    const memory = memoryOf(node.pid ?? 0);
    await node.stop();
    const frames = await frameBytes(join(dataDir, 'log'), requests);
    const [first = NaN] = rates;
    const last = rates.at(-1) ?? NaN;
    return {
      'first tenth, entries/s': Math.round(first),
      'last tenth, entries/s': Math.round(last),
      'last ÷ first': (last / first).toFixed(2),
      'slowest tenth, entries/s': Math.round(Math.min(...rates)),
      'memory at most, with mapped files, MiB': memory.peakMib,
      'own memory at the end, MiB': memory.ownMib,
      'frames, bytes': frames,
      'written, bytes': bytesWritten - before.bytesWritten,
      'written ÷ frames': ((bytesWritten - before.bytesWritten) / frames).toFixed(2),
    };
  } finally {
    await node.kill();
    http.close();
  }
}

/** Of all entries behind the first so many. */
async function frameBytes(folder: string, skipped: number): Promise<number> {
  const log = new Level<Buffer, Buffer>(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await log.open();
  let bytes = 0;
  let rows = 0;
  for await (const frame of log.values(LOG_ROWS)) {
    rows += 1;
    if (rows > skipped) bytes += frame.length;
  }
  await log.close();
  return bytes;
}
