import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { print, wholeNumber } from '../cluster/program';
import { type BodySize, isBodySize } from './bodies';
import { type Contestant, PEERS } from './contestants';
import { FsyncShim } from './fsync-shim';
import { type LoadResult } from './load';
import { type Asked, type LoadGenerator, loadOn, loadTextOf, readGenerator } from './load-generator';
import { machine, median } from './measure';
import { type Usage, usageOf } from './usage';

interface Plan {
  readonly peers: readonly string[];
  readonly bodies: readonly BodySize[];
  readonly connections: readonly number[];
  readonly delaysMs: readonly number[];
  readonly generator: LoadGenerator;
  readonly seconds: number;
  readonly rounds: number;
}

/** Which of the tables: all peers are in each. */
interface Cell {
  readonly body: BodySize;
  readonly connections: number;
  readonly delayMs: number;
}

/** One loading of one peer. */
interface Round extends LoadResult {
  readonly cpuSeconds: number;
  readonly bytesWritten: number;
  readonly fsyncs: number | undefined;
}

interface Figures {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly errors: number;
  /** of all its processes, in 1000 requests */
  readonly cpuSecondsPer1000: number;
  /** null: nobody counted */
  readonly fsyncsPerRequest: number | null;
  readonly bytesWrittenPerRequest: number;
  /** the rate of hooklog by its own, median over the rounds; null: hooklog did not run */
  readonly ratio: number | null;
}

type Row = { readonly peer: string; readonly cell: Cell } & (
  { readonly figures: Figures } | { readonly missing: string }
);

const WARM_UP_SECONDS = 2;
const run = promisify(execFile);

/** How many webhooks does one node take, beside what else one would take for it? */
export async function ingest(args: readonly string[]): Promise<number> {
  const { plan, json } = readPlan(args);
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-bench-'));
  try {
    const shim = FsyncShim.build(folder);
    const rows: Row[] = [];
    for (const delayMs of plan.delaysMs)
      for (const peers of groupsOf(plan.peers))
        rows.push(...(await measureAt(delayMs, { ...plan, peers }, folder, shim)));
    if (json) print(JSON.stringify({ machine: machine(), load: loadTextOf(plan.generator), plan, rows }));
    else print(report(plan, rows));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

function readPlan(args: readonly string[]): { readonly plan: Plan; readonly json: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: 'string', default: Object.keys(PEERS).join(',') },
      body: { type: 'string', default: '1k,8k' },
      connections: { type: 'string', default: '64,256' },
      'fsync-delay-ms': { type: 'string', default: '0,1,5' },
      generator: { type: 'string' },
      seconds: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  });
  const numbers = (name: 'connections' | 'fsync-delay-ms'): number[] =>
    values[name].split(',').map((each) => wholeNumber(name, each));
  const peers = values.peers.split(',');
  const unknown = peers.find((each) => !(each in PEERS));
  if (unknown !== undefined)
    throw new Error(`--peers are of ${Object.keys(PEERS).join(', ')}, not ${unknown}`);
  const bodies = values.body.split(',');
  if (!bodies.every(isBodySize)) throw new Error('--body is 1k, 8k or 1k,8k');
  const plan = {
    generator: readGenerator(values.generator),
    peers,
    bodies,
    connections: numbers('connections'),
    delaysMs: numbers('fsync-delay-ms'),
    seconds: wholeNumber('seconds', values.seconds),
    rounds: wholeNumber('rounds', values.rounds),
  };
  return { plan, json: values.json };
}

/** Three nodes that only wait would still take time from one. */
function groupsOf(peers: readonly string[]): string[][] {
  const groups = [...new Set(Object.values(PEERS).map(({ beside }) => beside))];
  return groups
    .map((group) => peers.filter((name) => PEERS[name]?.beside === group))
    .filter((names) => names.length > 0);
}

/** All of a group run all the time and are loaded in turns, so that a slow minute of the machine meets each of them. */
async function measureAt(
  delayMs: number,
  plan: Plan,
  folder: string,
  shim: FsyncShim | string,
): Promise<Row[]> {
  const missing = new Map<string, string>();
  const running = new Map<string, Contestant>();
  const place = { folder, delayMs, shim: typeof shim === 'string' ? undefined : shim };
  try {
    for (const name of plan.peers) {
      const reason = delayMs > 0 && typeof shim === 'string' ? shim : PEERS[name]?.missing?.(delayMs);
      if (reason !== undefined) missing.set(name, reason);
      else running.set(name, await (PEERS[name] as (typeof PEERS)[string]).start(place));
    }
    const rows: Row[] = [];
    for (const body of plan.bodies) {
      for (const connections of plan.connections) {
        const cell = { body, connections, delayMs };
        const figures = figuresOf(await roundsOf(cell, plan, running));
        for (const peer of plan.peers) {
          const found = figures.get(peer);
          if (found) rows.push({ peer, cell, figures: found });
          else rows.push({ peer, cell, missing: missing.get(peer) ?? '' });
        }
      }
    }
    return rows;
  } finally {
    await Promise.all([...running.values()].map((each) => each.stop()));
  }
}

async function roundsOf(
  { body, connections }: Cell,
  { seconds, rounds, generator }: Plan,
  running: ReadonlyMap<string, Contestant>,
): Promise<Map<string, Round[]>> {
  const results = new Map<string, Round[]>([...running.keys()].map((name) => [name, []]));
  const asked = { connections, body, generator };
  for (const contestant of running.values()) await loadOn(contestant, { ...asked, seconds: WARM_UP_SECONDS });
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, contestant] of running)
      results.get(name)?.push(await measure(contestant, { ...asked, seconds }));
  }
  return results;
}

async function measure(contestant: Contestant, asked: Asked): Promise<Round> {
  const { pids } = contestant;
  // nobody pays for what the one before has left to be written
  await run('sync');
  const before: Usage = usageOf(pids);
  const fsyncsBefore = await contestant.fsyncs();
  const result = await loadOn(contestant, asked);
  const after = usageOf(pids);
  const fsyncsAfter = await contestant.fsyncs();
  const counted = fsyncsBefore !== undefined && fsyncsAfter !== undefined;
  return {
    ...result,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    bytesWritten: after.bytesWritten - before.bytesWritten,
    fsyncs: counted ? fsyncsAfter - fsyncsBefore : undefined,
  };
}

function figuresOf(results: ReadonlyMap<string, readonly Round[]>): Map<string, Figures> {
  return new Map(
    [...results].map(([name, rounds]) => {
      const ours = results.get(PEERS[name]?.beside ?? '') ?? [];
      const each = (value: (round: Round) => number): number => median(rounds.map(value));
      const figures = {
        perSecond: Math.round(each(rate)),
        medianMs: each((round) => round.median),
        p99Ms: each(({ p99 }) => p99),
        p999Ms: each(({ p999 }) => p999),
        errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
        cpuSecondsPer1000: each(({ cpuSeconds, answered }) => (1000 * cpuSeconds) / answered),
        fsyncsPerRequest: rounds.some(({ fsyncs }) => fsyncs === undefined)
          ? null
          : each(({ fsyncs = NaN, answered }) => fsyncs / answered),
        bytesWrittenPerRequest: Math.round(each(({ bytesWritten, answered }) => bytesWritten / answered)),
        ratio:
          ours.length === 0 ? null : median(ours.map((one, at) => rate(one) / rate(rounds[at] as Round))),
      };
      return [name, figures];
    }),
  );
}

const rate = ({ requests, seconds }: LoadResult): number => requests / seconds;

function report(plan: Plan, rows: readonly Row[]): string {
  const { rounds, seconds } = plan;
  const head = `POST /webhook, webhooks of @octokit/webhooks-examples, ${rounds} × ${seconds} s in turns, medians; × is the rate of hooklog by that of the peer`;
  const lines: string[] = [head, loadTextOf(plan.generator), machine()];
  let last: Cell | undefined;
  for (const row of rows) {
    if (row.cell !== last) lines.push('', titleOf(row.cell));
    last = row.cell;
    lines.push(lineOf(row));
  }
  return lines.join('\n');
}

function titleOf({ body, connections, delayMs }: Cell): string {
  const disk = delayMs === 0 ? 'the disk as it is' : `every fsync + ${delayMs} ms`;
  const columns = [
    'req/s',
    '×',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'CPU s/1000',
    'fsyncs/req',
    'B/req',
    'errors',
  ];
  return cells([`${body}B, ${connections} connections, ${disk}`, ...columns]);
}

function lineOf(row: Row): string {
  const title = `  ${PEERS[row.peer]?.title}`;
  if ('missing' in row) return `  ${title.padEnd(NAME_WIDTH)}  not measured: ${row.missing}`;
  const { figures } = row;
  return cells([
    title,
    `${figures.perSecond}`,
    figures.ratio === null ? '-' : figures.ratio.toFixed(2),
    ...[figures.medianMs, figures.p99Ms, figures.p999Ms].map((ms) => ms.toFixed(1)),
    figures.cpuSecondsPer1000.toFixed(3),
    figures.fsyncsPerRequest === null ? '-' : figures.fsyncsPerRequest.toFixed(3),
    `${figures.bytesWrittenPerRequest}`,
    `${figures.errors}`,
  ]);
}

const NAME_WIDTH = 42;
const CELL_WIDTH = 11;

function cells([first = '', ...others]: readonly string[]): string {
  return `  ${first.padEnd(NAME_WIDTH)}${others.map((cell) => cell.padStart(CELL_WIDTH)).join('')}`;
}
