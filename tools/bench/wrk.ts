import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dieWithParent } from '../cluster/guard';
import { type BodySize, NUMBER_DIGITS, templates } from './bodies';
import type { LoadResult } from './load';
import { requestHead } from './load-client';

const SCRIPT = join(__dirname, 'wrk.lua');
const run = promisify(execFile);

export interface WrkLoad {
  /** of the route, with its query */
  readonly url: string;
  readonly connections: number;
  readonly body: BodySize;
  readonly seconds: number;
}

/** What wrk.lua prints; times are µs. */
export interface Summary {
  /** it leaves at its time, without the last answers */
  readonly sent: number;
  /** with those that were refused */
  readonly answered: number;
  /** with a status of 400 or more */
  readonly refused: number;
  /** connections that ended or were not made */
  readonly broken: number;
  readonly duration: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Its name and version. undefined: it is not installed. */
export function wrkVersion(): string | undefined {
  const { error, stdout } = spawnSync('wrk', ['--version'], { encoding: 'utf8' });
  return error === undefined ? /^wrk \S+/.exec(stdout)?.[0] : undefined;
}

/**
 * The same webhooks as load.ts sends, by wrk (https://github.com/wg/wrk), whose requests cost less of the cores that
 * the measured server runs on. Its latencies are not those of load.ts: they have those of refused requests, and some
 * that it would have seen, had it not waited for slow answers.
 */
export async function loadWithWrk({ url, connections, body, seconds }: WrkLoad): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-wrk-'));
  try {
    const count = writeRequests(folder, new URL(url), body);
    // each thread would number its requests for itself, and none may be sent twice; no answer is too late
    const threads = ['-t', '1', '--timeout', `${seconds + 1}s`];
    const load = [...threads, '-c', `${connections}`, '-d', `${seconds}s`];
    const script = ['-s', SCRIPT, url, '--', folder, `${count}`, `${NUMBER_DIGITS}`];
    const running = run('wrk', [...load, ...script]);
    dieWithParent(running.child);
    const { stdout } = await running;
    return resultOf(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Summary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns how many there are */
function writeRequests(folder: string, url: URL, body: BodySize): number {
  const shapes = templates(body, randomBytes(8).toString('hex'));
  shapes.forEach((shape, at) => {
    const [before, after] = shape.around;
    const head = Buffer.from(`${requestHead(url)}${shape.bytes.length}\r\n\r\n`, 'latin1');
    writeFileSync(join(folder, `${at + 1}.before`), Buffer.concat([head, before]));
    writeFileSync(join(folder, `${at + 1}.after`), after);
  });
  return shapes.length;
}

export function resultOf(summary: Summary): LoadResult {
  const { sent, answered, refused, broken, duration, p50, p99, p999 } = summary;
  return {
    requests: answered - refused,
    answered: sent - refused,
    errors: refused + broken,
    seconds: duration / 1e6,
    median: p50 / 1000,
    p99: p99 / 1000,
    p999: p999 / 1000,
  };
}
