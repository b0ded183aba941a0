import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparePositions } from '@hooklog/ordered-log';
import { createLogger, parseSettings, Secrets, type ServerLimits, type Store } from '@hooklog/service';
import { MemoryLevel } from 'memory-level';
import { type NodeSettings, settingsTable } from '../settings';
import { type RunningNode, startNode, type StartOptions } from '../start';

export const quiet = createLogger({ level: 'silent', name: 'test' });

export function memoryStore(newStoreId: string): Store {
  const bytes = { keyEncoding: 'buffer', valueEncoding: 'buffer', storeEncoding: 'buffer' } as const;
  const database = (): Store['log'] => new MemoryLevel<Buffer, Buffer>(bytes);
  return { log: database(), index: database(), newStoreId };
}

const DEFAULTS = {
  master: { node: 'master', port: 8080, masterUrl: undefined },
  slave: { node: 'slave', port: 8081, masterUrl: 'http://127.0.0.1:8080' },
} as const;

/** Only what was cut from a log is written there. */
const dataDir = mkdtempSync(join(tmpdir(), 'hooklog-node-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

type Environment = Readonly<Record<string, string>>;

/** A whole node that begins as master, on a port of its own, its disk in memory. */
export function startMemoryMaster(
  env: Environment = {},
  store = memoryStore('00000000000000aa'),
  now: () => number = Date.now,
  serverLimits: Partial<ServerLimits> = {},
): Promise<RunningNode> {
  return startMemoryNode('master', env, { store, now, serverLimits });
}

/** The same for one that begins as slave. */
export function startMemorySlave(
  env: Environment,
  store = memoryStore('00000000000000bb'),
  now: () => number = Date.now,
): Promise<RunningNode> {
  return startMemoryNode('slave', env, { store, now });
}

function startMemoryNode(
  first: 'master' | 'slave',
  env: Environment,
  parts: Pick<StartOptions, 'store' | 'now' | 'serverLimits'>,
): Promise<RunningNode> {
  const settings = settingsOf(first, env);
  return startNode({
    ...parts,
    settings,
    env,
    first,
    random: () => 0.5,
    logger: quiet,
    secrets: new Secrets(),
  });
}

/** On a port of its own unless it has one. */
export function settingsOf(first: 'master' | 'slave', env: Environment): NodeSettings {
  const tests = { PORT: '0', DATA_DIR: dataDir, DISK_FREE_MIN_MIB: '0', SYNC_INTERVAL_SECONDS: '0' };
  return parseSettings(settingsTable(DEFAULTS[first]), { ...tests, ...env });
}

/** Until so many members follow this master, and count in quorums and write concerns, and a majority knows it. */
export function untilVoting({ log, replication }: RunningNode, others: number): Promise<void> {
  return eventually(() => {
    const counting = replication.secondaries().filter(({ health, voting }) => voting && health === 'HEALTHY');
    return counting.length === others && comparePositions(log.membersAt, log.committed) <= 0;
  });
}

const POLL_MS = 20;

/** Asks again until it holds, at most for so long. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
