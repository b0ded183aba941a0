import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cluster } from '../cluster/cluster';
import { print, wholeNumber } from '../cluster/program';
import { FsyncShim } from './fsync-shim';
import { type LoadResult } from './load';
import { load, machine, median } from './measure';
import { untilFollowed } from '../cluster/members';

const CONCERNS = ['1', 'majority', 'all'] as const;
const WARM_UP_SECONDS = 2;

interface Plan {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

interface Row {
  readonly wc: string;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** median of the rounds' ratios to wc=1 */
  readonly ratio: number;
}

/** What does each write concern cost on three nodes of this machine? */
export async function concern(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      'fsync-delay-ms': { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const plan = {
    connections: wholeNumber('connections', values.connections),
    seconds: wholeNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
  };
  const delayMs = wholeNumber('fsync-delay-ms', values['fsync-delay-ms']);
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-bench-'));
  try {
    const plain = await measure(plan, {});
    const shim = FsyncShim.build(folder);
    const delayed = typeof shim === 'string' ? shim : await measure(plan, shim.env('nodes', delayMs));
    if (values.json) print(JSON.stringify({ machine: machine(), plan, delayMs, plain, delayed }));
    else print(report(plan, delayMs, plain, delayed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

/** In turns, so that a slow minute of the machine meets all of them. */
async function measure(plan: Plan, env: Readonly<Record<string, string>>): Promise<Row[]> {
  const { connections, seconds } = plan;
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0', ...env };
  const cluster = await Cluster.start({ settings });
  try {
    await untilFollowed(cluster.http, cluster.master.url, cluster.slaves.length);
    await load(cluster.master.url, { connections, seconds: WARM_UP_SECONDS, query: 'wc=all' });
    const results = new Map<string, LoadResult[]>(CONCERNS.map((wc) => [wc, []]));
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const wc of CONCERNS) {
        results.get(wc)?.push(await load(cluster.master.url, { connections, seconds, query: `wc=${wc}` }));
      }
    }
    const base = results.get('1') ?? [];
    return CONCERNS.map((wc) => rowOf(wc, results.get(wc) ?? [], base));
  } finally {
    await cluster.remove();
  }
}

function rowOf(wc: string, results: readonly LoadResult[], base: readonly LoadResult[]): Row {
  return {
    wc,
    perSecond: Math.round(median(results.map(rate))),
    medianMs: median(results.map((each) => each.median)),
    p99Ms: median(results.map(({ p99 }) => p99)),
    errors: results.reduce((sum, { errors }) => sum + errors, 0),
    ratio: median(results.map((one, at) => rate(one) / rate(base[at] as LoadResult))),
  };
}

const rate = ({ requests, seconds }: LoadResult): number => requests / seconds;

function report(
  plan: Plan,
  delayMs: number,
  plain: readonly Row[],
  delayed: readonly Row[] | string,
): string {
  const { connections, seconds, rounds } = plan;
  const head = `POST /webhook?wc= on a master with two slaves, ${connections} connections, bodies of about 1 kB, ${rounds} × ${seconds} s in turns, medians`;
  const title = cells(['', 'entries/s', 'median ms', 'p99 ms', 'errors', '÷ wc=1']);
  const slow =
    typeof delayed === 'string'
      ? [`  not measured: ${delayed}`]
      : delayed.map((row) => line(`fsync + ${delayMs} ms`, row));
  return [head, machine(), title, ...plain.map((row) => line('as it is', row)), ...slow].join('\n');
}

function line(name: string, { wc, perSecond, medianMs, p99Ms, errors, ratio }: Row): string {
  const figures = [`${perSecond}`, medianMs.toFixed(1), p99Ms.toFixed(1), `${errors}`, ratio.toFixed(2)];
  return cells([`${name}: wc=${wc}`, ...figures]);
}

function cells([first = '', ...others]: readonly string[]): string {
  return `  ${first.padEnd(28)}${others.map((cell) => cell.padStart(11)).join('')}`;
}
