import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { checkBody, PeerGuard } from '@hooklog/http-peer';
import {
  answerReconcile,
  decodeReconcileRequest,
  encodeReconcileAnswer,
  type Item,
  ItemVector,
} from '@hooklog/sync-protocol';
import { ROOT } from '../cluster/build';
import { dieWithParent } from '../cluster/guard';

const PROGRAM = join(ROOT, 'node_modules/.bin/tsx');
const SECRET = 'secret of the nodes';
const NOW = Math.floor(Date.now() / 1000);
const HOUR = 3600;

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0))
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
});

describe('verify', () => {
  it('says that two nodes hold the same entries, at the cost of a small message', async () => {
    const entries = entriesOf(2000);
    const urls = [await serve({ entries }), await serve({ entries })];
    const { code, stdout, stderr } = await run(urls);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/^only/m);
    expect(stdout).toMatch(/verdict +they hold the same entries/);
    const [, rounds, bytes] = /(\d+) rounds, (\d+) bytes/.exec(stdout)!;
    expect(rounds).toBe('2');
    expect(Number(bytes)).toBeLessThan(700);
  });

  it('names what only one of them has', async () => {
    const entries = entriesOf(2000);
    const urls = [
      await serve({ entries: without(entries, 70) }),
      await serve({ entries: without(entries, 1500) }),
    ] as const;
    const { code, stdout } = await run(urls);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`only ${urls[0]} has ${namesOf(entries[1500]!)}, received`));
    expect(stdout).toMatch(new RegExp(`only ${urls[1]} has ${namesOf(entries[70]!)}, received`));
    expect(stdout.match(/^only/gm)).toHaveLength(2);
    expect(stdout).toMatch(/verdict +they differ/);
  });

  it('names an entry by its ObjectId where its second is known, else by its id and the times that it can have', async () => {
    const entries = entriesOf(2000);
    const [all, lacking] = [await serve({ entries }), await serve({ entries: without(entries, 1000) })];
    const missing = entries[1000]!;
    expect((await run([all, lacking])).stdout).toContain(
      `only ${all} has ${objectIdOf(missing)}, received at ${timeOf(missing.timestamp)}\n`,
    );
    const [alone, nothing] = [await serve({ entries: [missing] }), await serve({ entries: [] })];
    expect((await run([alone, nothing])).stdout).toContain(
      `only ${alone} has ${missing.id.toString('hex')}, received from 1970-01-01T00:00:00Z to `,
    );
  });

  it('lists a hundred differences, and how many there are beyond', async () => {
    const urls = [await serve({ entries: entriesOf(150) }), await serve({ entries: [] })];
    const { code, stdout } = await run(urls);
    expect(code).toBe(1);
    expect(stdout.match(/^only/gm)).toHaveLength(100);
    expect(stdout).toContain('… and 50 more');
  });

  it('compares what has settled by both clocks, and what both still keep', async () => {
    const settling = { timestamp: NOW - 90, id: idOf(5000) };
    const deleted = { timestamp: NOW - 9 * HOUR, id: idOf(5001) };
    const entries = entriesOf(100);
    const all = await serve({ entries: [...entries, settling, deleted] });
    const some = await serve({ entries, floor: NOW - 8 * HOUR, clockAheadMs: -60_000 });
    const { code, stdout } = await run([all, some]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/clock of the second node +(59|60)\d\d\d ms behind/),
    ]);
    expect((await run([all, some, '--settle', '10'])).stdout).toMatch(new RegExp(`^only ${all}`, 'm'));
  });

  it.each([
    ['no node there', () => Promise.resolve('http://127.0.0.1:9'), 'http://127.0.0.1:9 does not answer'],
    ['another secret', () => serve({ entries: [], secret: 'another' }), 'answered 401 (is CLUSTER_SECRET'],
    ['no URL', () => Promise.resolve('somewhere'), 'is an http(s) URL'],
    ['a version without comparisons', () => serve({ entries: [], path: '/' }), 'answered 404 (does it run'],
    ['bytes that are no answer', () => serve({ entries: [], garbage: true }), 'answered what cannot be'],
    ['all deleted there', () => serve({ entries: [], floor: NOW + 5 }), 'nothing to compare'],
  ])('ends with 2 and a reason when they cannot be compared: %s', async (_, other, reason) => {
    const { code, stdout, stderr } = await run([await serve({ entries: [] }), await other()]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('    at ');
  });

  it('tells how it is used', async () => {
    const { code, stderr } = await run(['http://127.0.0.1:1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('npm run verify -- <url> <url>')]);
  });
});

interface Served {
  readonly entries: readonly Item[];
  readonly floor?: number;
  readonly clockAheadMs?: number;
  readonly secret?: string;
  readonly path?: string;
  readonly garbage?: boolean;
}

/** A node that only answers comparisons, on a port of its own. */
async function serve(node: Served): Promise<string> {
  const set = new ItemVector(node.entries);
  const { secret = SECRET, path = '/peer/v1/reconcile', floor = 0, clockAheadMs = 0 } = node;
  const answer = (body: Buffer): Buffer => {
    if (node.garbage === true) return Buffer.from('<html>');
    const { window, message } = decodeReconcileRequest(body);
    return encodeReconcileAnswer({
      clock: Date.now() + clockAheadMs,
      floor,
      pending: 0,
      message: message.length === 0 ? message : answerReconcile(set, message, { window }),
    });
  };
  const guard = new PeerGuard({ secret, now: Date.now });
  const server = createServer((request, response) => {
    if (request.url !== path || request.method !== 'POST') return refuse(response, 404);
    void bodyOf(request).then((body) => {
      if (isFrom(guard, request, body)) response.end(answer(body));
      else refuse(response, 401);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function isFrom(guard: PeerGuard, request: IncomingMessage, body: Buffer): boolean {
  try {
    guard.check(request, request.url ?? '');
    checkBody(request, body);
    return true;
  } catch {
    return false;
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Ended> {
  const child = spawn(PROGRAM, ['--tsconfig', 'tools/tsconfig.json', 'tools/verify/main.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, CLUSTER_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  dieWithParent(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

/** One a second, all of them settled. */
function entriesOf(count: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({ timestamp: NOW - 2 * HOUR + i, id: idOf(i) }));
}

function without(entries: readonly Item[], index: number): Item[] {
  return entries.filter((_, i) => i !== index);
}

function objectIdOf({ timestamp, id }: Item): string {
  return timestamp.toString(16) + id.toString('hex').slice(0, 8);
}

/** How an entry may be named, as a pattern. */
function namesOf(entry: Item): string {
  return `(${objectIdOf(entry)}|${entry.id.toString('hex')})`;
}

function timeOf(seconds: number): string {
  return new Date(1000 * seconds).toISOString().replace('.000', '');
}

function idOf(i: number): Buffer {
  return createHash('sha256').update(`entry ${i}`).digest();
}
