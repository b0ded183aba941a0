import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';
import { dieWithParent } from '../cluster/guard';
import type { BodySize } from './bodies';
import type { Load, LoadResult } from './load';
import type { SenderName } from './senders';

export const TSX_PROGRAM = ['--import', 'tsx'] as const;

export interface Loading {
  readonly connections: number;
  readonly seconds: number;
  readonly requests?: number;
  readonly uncountedSeconds?: number;
  readonly body?: BodySize;
  /** of the route: `wc=majority` */
  readonly query?: string;
  /** who signs the requests; nobody unless told */
  readonly sender?: SenderName | undefined;
  /** of the route: the name of a source; none unless told */
  readonly source?: string | undefined;
}

/** One run of the load generator against a node, in a process of its own. */
export async function load(
  node: string,
  {
    connections,
    seconds,
    requests = Infinity,
    uncountedSeconds,
    body = '1k',
    query = '',
    sender,
    source,
  }: Loading,
): Promise<LoadResult> {
  const url = routeOf(node, source, query);
  const most = Math.min(requests, 1e9);
  const asked: Load = { url, connections, seconds, requests: most, uncountedSeconds, body, sender };
  return runProgram<LoadResult>('load.ts', asked);
}

/** Where a node takes webhooks. */
export function routeOf(node: string, source?: string, query = ''): string {
  return `${node}/webhook${source === undefined ? '' : `/${source}`}${query && `?${query}`}`;
}

/** What a program of this folder prints, which is given one argument. */
export async function runProgram<Result>(name: string, argument: unknown): Promise<Result> {
  const args = [...TSX_PROGRAM, join(ROOT, 'tools/bench', name), JSON.stringify(argument)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  dieWithParent(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
  return JSON.parse(text) as Result;
}

export interface Memory {
  readonly rssMib: number;
  /** without the files of LevelDB that it has mapped, which the system takes back when it needs the room */
  readonly ownMib: number;
  /** the most it ever was */
  readonly peakMib: number;
}

/** Resident memory of a process; Linux only. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string): number =>
    Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return {
    rssMib: Math.round(mib('VmRSS')),
    ownMib: Math.round(mib('RssAnon')),
    peakMib: Math.round(mib('VmHWM')),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, two) => one - two);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Without it a figure says nothing. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpu?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${memory}, ${type()} ${release()} ${arch()}, node ${process.version}`;
}

/** How long it takes, ms. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}
