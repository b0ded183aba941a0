import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';
import { print, wholeNumber } from '../cluster/program';
import { table } from '../proof/report';
import { type BareLevel } from './bare-level';
import { type BodySize, isBodySize } from './bodies';
import { type LinesLoad, type LinesResult } from './lines-load';
import { machine, median, memoryOf, runProgram } from './measure';

/** How many webhooks a second does one stream of lines bring, beside LevelDB alone that writes such frames? */
export async function lines(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      entries: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      body: { type: 'string', default: '1k' },
      json: { type: 'boolean', default: false },
    },
  });
  const { body } = values;
  if (!isBodySize(body)) throw new Error('--body is 1k or 8k');
  const plan = {
    body,
    entries: wholeNumber('entries', values.entries),
    rounds: wholeNumber('rounds', values.rounds),
  };
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-bench-'));
  try {
    const figures = await measure(folder, plan);
    if (values.json) print(JSON.stringify({ machine: machine(), ...plan, ...figures }));
    else {
      const head = `POST /webhooks, one stream of ${plan.entries} lines of about ${body}B, ${plan.rounds} rounds in turns, medians`;
      print(`${head}\n${machine()}\n${table(Object.entries(figures))}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

async function measure(
  folder: string,
  { body, entries, rounds }: { readonly body: BodySize; readonly entries: number; readonly rounds: number },
): Promise<Record<string, number | string>> {
  const http = new HttpClient();
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
  const place = { role: 'master', name: 'master', port: await freePort(), settings } as const;
  const node = new NodeProcess({ ...place, dataDir: join(folder, 'hooklog') }, http);
  try {
    await node.start();
    const load: LinesLoad = { url: `${node.url}/webhooks`, body, entries };
    await runProgram<LinesResult>('lines-load.ts', { ...load, entries: Math.ceil(entries / 5) });
    const ours: LinesResult[] = [];
    const bare: LinesResult[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await runProgram<LinesResult>('lines-load.ts', load));
      const level: BareLevel = { folder: join(folder, `bare-${round}`), body, entries };
      bare.push(await runProgram<LinesResult>('bare-level.ts', level));
    }
    const rate = ({ entries: count, seconds }: LinesResult): number => count / seconds;
    return {
      'hooklog, entries/s': Math.round(median(ours.map(rate))),
      'LevelDB alone, entries/s': Math.round(median(bare.map(rate))),
      ratio: median(ours.map((one, at) => rate(one) / rate(bare[at] as LinesResult))).toFixed(2),
      'lines refused': ours.reduce((sum, { refused }) => sum + refused, 0),
      'memory at most, MiB': memoryOf(node.pid ?? 0).peakMib,
    };
  } finally {
    await node.kill();
    http.close();
  }
}
