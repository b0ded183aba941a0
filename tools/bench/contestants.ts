import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';
import { type FsyncShim } from './fsync-shim';
import { TSX_PROGRAM } from './measure';
import { untilFollowed } from '../cluster/members';
import { byBody, type SenderName, sourcesFile } from './senders';

/** One that takes webhooks and runs. */
export interface Contestant {
  readonly url: string;
  readonly query: string;
  /** who signs what it is sent; undefined: nobody */
  readonly sender?: SenderName;
  /** the source that it verifies this as; undefined: it takes whatever comes */
  readonly source?: string;
  readonly pids: readonly number[];
  /** so far; undefined: cannot be counted here */
  fsyncs(): Promise<number | undefined>;
  stop(): Promise<void>;
}

export interface Place {
  /** for its data */
  readonly folder: string;
  readonly delayMs: number;
  readonly shim: FsyncShim | undefined;
}

export interface Peer {
  readonly title: string;
  /** which of ours its rate is compared with */
  readonly beside: 'hooklog' | 'hooklog-majority' | `hooklog-${SenderName}`;
  /** why it cannot run here */
  readonly missing?: (delayMs: number) => string | undefined;
  readonly start: (place: Place) => Promise<Contestant>;
}

const SETTINGS = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
const ETCD_PORTS = 6;

export const PEERS: Readonly<Record<string, Peer>> = {
  echo: {
    title: 'node:http echo (ceiling)',
    beside: 'hooklog',
    start: (place) => startProgram('echo', place, 'echo.ts'),
  },
  'express-echo': {
    title: 'Express echo',
    beside: 'hooklog',
    start: (place) => startProgram('express-echo', place, 'express-echo.ts'),
  },
  naive: {
    title: 'Express + level, naive',
    beside: 'hooklog',
    start: (place) => startProgram('naive', place, 'naive.ts'),
  },
  redis: {
    title: 'Express + Redis Streams, fsync always',
    beside: 'hooklog',
    missing: () => unlessRuns('redis-server'),
    start: (place) => startWithServer('redis', place),
  },
  'redis-pipelined': {
    title: 'the same, with auto pipelining',
    beside: 'hooklog',
    missing: () => unlessRuns('redis-server'),
    start: (place) => startWithServer('redis', place, { AUTO_PIPELINING: 'true' }),
  },
  postgres: {
    title: 'Express + PostgreSQL',
    beside: 'hooklog',
    missing: () => (postgresFolder() === undefined ? 'PostgreSQL is not installed' : undefined),
    start: (place) => startWithServer('postgres', place, { POSTGRES: postgresFolder() ?? '' }),
  },
  pouchdb: {
    title: 'express-pouchdb (NOT durable)',
    beside: 'hooklog',
    missing: () =>
      isInstalled('express-pouchdb') && isInstalled('pouchdb')
        ? undefined
        : 'to have it: npm install --no-save express-pouchdb pouchdb',
    start: (place) => startProgram('pouchdb', place, 'pouchdb.ts'),
  },
  hooklog: { title: 'hooklog', beside: 'hooklog', start: startMaster },
  etcd: {
    title: 'Express + three etcd',
    beside: 'hooklog-majority',
    missing: (delayMs) =>
      unlessRuns('etcd') ?? (delayMs > 0 ? 'etcd does not call libc: no delay reaches it' : undefined),
    start: startEtcd,
  },
  'hooklog-majority': {
    title: 'three hooklog, wc=majority',
    beside: 'hooklog-majority',
    start: startCluster,
  },
  ...signedBy('github', 'GitHub'),
  ...signedBy('standard-webhooks', 'Standard Webhooks'),
};

/**
 * One node as it is shipped that verifies who sent a webhook, beside one that takes the same requests from anybody and
 * says nothing of it. Both are sent what is signed: making signatures takes time from either.
 */
function signedBy(sender: SenderName, name: string): Record<string, Peer> {
  const beside = `hooklog-${sender}` as const;
  return {
    [`${beside}-unverified`]: {
      title: `${name}: signed, not verified`,
      beside,
      start: async (place) => ({ ...(await startMaster(place)), sender }),
    },
    [`${beside}-by-body`]: {
      title: `${name}: verified, no event ids`,
      beside,
      start: async (place) => ({ ...(await startVerifying(place)), sender, source: byBody(sender) }),
    },
    [beside]: {
      title: `${name}: verified, with event ids`,
      beside,
      start: async (place) => ({ ...(await startVerifying(place)), sender, source: sender }),
    },
  };
}

async function startProgram(
  name: string,
  place: Place,
  program: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Contestant> {
  const path = [...TSX_PROGRAM, join(ROOT, 'tools/bench/peers', program)];
  return startProcess(name, place, more, path);
}

async function startWithServer(
  name: string,
  place: Place,
  more: Readonly<Record<string, string>> = {},
): Promise<Contestant> {
  const SERVER_PORT = String(await freePort());
  return startProgram(name, place, `${name}.ts`, { SERVER_PORT, ...more });
}

function startMaster(place: Place): Promise<Contestant> {
  return startProcess('hooklog', place, SETTINGS);
}

function startVerifying(place: Place): Promise<Contestant> {
  const SOURCES = join(place.folder, 'sources.json');
  writeFileSync(SOURCES, sourcesFile());
  return startProcess('hooklog-verifying', place, { ...SETTINGS, LOG_LEVEL: 'info', SOURCES });
}

async function startProcess(
  name: string,
  { folder, delayMs, shim }: Place,
  settings: Readonly<Record<string, string>>,
  program?: readonly string[],
): Promise<Contestant> {
  const http = new HttpClient();
  const env = { ...settings, NODE_ENV: 'production', ...shim?.env(name, delayMs) };
  const dataDir = mkdtempSync(join(folder, name));
  const own = { role: 'master', name, port: await freePort(), dataDir, settings: env } as const;
  const node = new NodeProcess({ ...own, ...(program && { program }) }, http);
  await node.start();
  return {
    url: node.url,
    query: '',
    pids: [node.pid ?? 0],
    fsyncs: () => Promise.resolve(shim?.count(name)),
    stop: async () => {
      await node.kill();
      http.close();
    },
  };
}

async function startEtcd(place: Place): Promise<Contestant> {
  const ports = await Promise.all(Array.from({ length: ETCD_PORTS }, () => freePort()));
  const own = { ...place, shim: undefined };
  const contestant = await startProgram('etcd', own, 'etcd.ts', { SERVER_PORTS: ports.join(',') });
  return { ...contestant, fsyncs: () => fsyncsOfEtcd(ports.slice(0, ETCD_PORTS / 2)) };
}

/** As its members say: of their logs, and of the database behind them. */
async function fsyncsOfEtcd(ports: readonly number[]): Promise<number> {
  const http = new HttpClient();
  let count = 0;
  for (const port of ports) {
    const { body } = await http.ask(`http://127.0.0.1:${port}/metrics`);
    const counters = /^etcd_disk_(?:wal_fsync|backend_commit)_duration_seconds_count (\S+)/gm;
    for (const [, value] of body.toString().matchAll(counters)) count += Number(value);
  }
  http.close();
  return count;
}

async function startCluster({ folder, delayMs, shim }: Place): Promise<Contestant> {
  const settings = { ...SETTINGS, ...shim?.env('cluster', delayMs) };
  const cluster = await Cluster.start({ settings, dir: mkdtempSync(join(folder, 'cluster')) });
  await untilFollowed(cluster.http, cluster.master.url, cluster.slaves.length);
  return {
    url: cluster.master.url,
    query: 'wc=majority',
    pids: cluster.nodes.map(({ pid }) => pid ?? 0),
    fsyncs: () => Promise.resolve(shim?.count('cluster')),
    stop: () => cluster.remove(),
  };
}

function unlessRuns(program: string): string | undefined {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  return error === undefined ? undefined : `${program} is not installed`;
}

/** Debian keeps the server's programs out of the path, in a folder per version. */
function postgresFolder(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const found = existsSync(versions) ? readdirSync(versions).sort().reverse() : [];
  return found
    .map((version) => join(versions, version, 'bin'))
    .find((folder) => existsSync(`${folder}/initdb`));
}

function isInstalled(name: string): boolean {
  try {
    createRequire(__filename).resolve(name);
    return true;
  } catch {
    return false;
  }
}
