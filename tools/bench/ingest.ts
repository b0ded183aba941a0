import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../cluster/build';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';
import { print, wholeNumber } from '../cluster/program';
import { fsyncDelay } from './fsync-delay';
import { BODY_BYTES, type LoadResult } from './load';
import { load, machine, median, TSX_PROGRAM } from './measure';

interface Plan {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  /** a folder for both peers' data */
  readonly folder: string;
}

interface Side {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly errors: number;
}

interface Figures {
  readonly hooklog: Side;
  readonly naive: Side;
  /** median of the rounds' ratios */
  readonly ratio: number;
}

const WARM_UP_SECONDS = 2;

/** How many webhooks a second does one master take, beside the naive peer in the same run? */
export async function ingest(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '5' },
      'fsync-delay-ms': { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'connections' | 'seconds' | 'rounds' | 'fsync-delay-ms'): number =>
    wholeNumber(name, values[name]);
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-bench-'));
  const plan = {
    connections: number('connections'),
    seconds: number('seconds'),
    rounds: number('rounds'),
    folder,
  };
  try {
    const plain = await compare(plan, {});
    const delayed = await compareDelayed(plan, number('fsync-delay-ms'));
    if (values.json) print(JSON.stringify({ machine: machine(), plan, plain, delayed }));
    else print(report(plan, plain, delayed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

async function compareDelayed(
  plan: Plan,
  delayMs: number,
): Promise<(Figures & { delayMs: number }) | string> {
  if (delayMs === 0) return 'not measured: --fsync-delay-ms <n> makes every fsync slower';
  const delay = fsyncDelay(delayMs, plan.folder);
  if ('missing' in delay) return `not measured: ${delay.missing}`;
  return { ...(await compare(plan, delay.env)), delayMs };
}

/** Both run all the time and are loaded in turns, so that a slow minute of the machine meets both. */
async function compare(plan: Plan, env: Readonly<Record<string, string>>): Promise<Figures> {
  const http = new HttpClient();
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0', ...env };
  const create = async (name: string, program?: readonly string[]): Promise<NodeProcess> => {
    const dataDir = mkdtempSync(join(plan.folder, name));
    const own = { role: 'master', name, port: await freePort(), dataDir, settings } as const;
    return new NodeProcess({ ...own, ...(program && { program }) }, http);
  };
  const naiveProgram = [...TSX_PROGRAM, join(ROOT, 'tools/bench/naive.ts')];
  const peers = [await create('hooklog'), await create('naive', naiveProgram)] as const;
  try {
    await Promise.all(peers.map((peer) => peer.start()));
    return await rounds(plan, peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.kill()));
    http.close();
  }
}

async function rounds(plan: Plan, [hooklog, naive]: readonly [NodeProcess, NodeProcess]): Promise<Figures> {
  const { connections, seconds } = plan;
  for (const peer of [hooklog, naive]) await load(peer.url, { connections, seconds: WARM_UP_SECONDS });
  const ours: LoadResult[] = [];
  const theirs: LoadResult[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    ours.push(await load(hooklog.url, { connections, seconds }));
    theirs.push(await load(naive.url, { connections, seconds }));
  }
  const ratios = ours.map((one, at) => rate(one) / rate(theirs[at] as LoadResult));
  return { hooklog: side(ours), naive: side(theirs), ratio: median(ratios) };
}

function side(results: readonly LoadResult[]): Side {
  return {
    perSecond: Math.round(median(results.map(rate))),
    medianMs: median(results.map((each) => each.median)),
    p99Ms: median(results.map(({ p99 }) => p99)),
    errors: results.reduce((sum, { errors }) => sum + errors, 0),
  };
}

const rate = ({ requests, seconds }: LoadResult): number => requests / seconds;

function report(plan: Plan, plain: Figures, delayed: (Figures & { delayMs: number }) | string): string {
  const { connections, seconds, rounds: count } = plan;
  const head = `POST /webhook, ${connections} connections, ${BODY_BYTES} B bodies, ${count} × ${seconds} s in turns, medians`;
  const slow =
    typeof delayed === 'string' ? [`  ${delayed}`] : rows(`fsync + ${delayed.delayMs} ms`, delayed);
  const title = ['', 'entries/s', 'median ms', 'p99 ms', 'errors'];
  return [head, machine(), cells(title), ...rows('as it is', plain), ...slow].join('\n');
}

function rows(name: string, { hooklog, naive, ratio }: Figures): string[] {
  const row = (peer: string, { perSecond, medianMs, p99Ms, errors }: Side): string =>
    cells([`${name}: ${peer}`, `${perSecond}`, medianMs.toFixed(1), p99Ms.toFixed(1), `${errors}`]);
  return [row('hooklog', hooklog), row('naive', naive), cells([`${name}: ratio`, ratio.toFixed(2)])];
}

function cells([first = '', ...others]: readonly string[]): string {
  return `  ${first.padEnd(28)}${others.map((cell) => cell.padStart(11)).join('')}`;
}
