import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Database } from '@hooklog/ordered-log';
import { Level } from 'level';

const STORE_ID_BYTES = 8;
/** LevelDB has so many. */
const LEVELS = [0, 1, 2, 3, 4, 5, 6];
/**
 * Of the log: as LevelDB has it, since what is proved at open reaches further than two of them. The rows of the index
 * are in no order, so that each buffer of them is merged with all that is there: the fewer the better.
 */
const WRITE_BUFFER_BYTES = { log: 4 << 20, index: 16 << 20, quarantine: 1 << 20 } as const;
/** Linux: new at every start of the machine. */
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/** What an OrderedLog is opened with: two open databases, a name for a new store, the run of the machine. */
export interface Store {
  readonly log: Database;
  readonly index: Database;
  readonly resetIndex?: () => Promise<void>;
  readonly newStoreId: string;
  readonly machineRun?: string;
  /** Files of the worse one of both databases that LevelDB has not compacted yet; it stalls writes when there are many. */
  readonly levelZeroFiles?: () => number;
  /** Files of each level of LevelDB, level 0 first, by database. */
  readonly levelFiles?: () => Readonly<Record<'log' | 'index', readonly number[]>>;
}

/** The message says which folder, and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: 'LOCKED' | 'UNUSABLE',
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/**
 * Opens `log/` and `index/` under the folder, which is made if it is missing.
 * @throws StoreError LOCKED when another process has them open, UNUSABLE when they cannot be opened
 */
export async function openStore({ dataDir }: { readonly dataDir: string }): Promise<Store> {
  const folder = resolve(dataDir);
  await makeFolder(folder);
  const log = await openDatabase(folder, 'log');
  const resetIndex = (): Promise<void> => rm(join(folder, 'index'), { recursive: true, force: true });
  const index = await openDatabase(folder, 'index', resetIndex);
  await syncFolder(folder);
  const machineRun = await readFile(BOOT_ID_FILE, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  const newStoreId = randomBytes(STORE_ID_BYTES).toString('hex');
  const levelZeroFiles = (): number => Math.max(filesOf(log, 0), filesOf(index, 0));
  const levelFiles = (): Record<'log' | 'index', number[]> => ({
    log: LEVELS.map((level) => filesOf(log, level)),
    index: LEVELS.map((level) => filesOf(index, level)),
  });
  return {
    log,
    index,
    resetIndex,
    newStoreId,
    levelZeroFiles,
    levelFiles,
    ...(machineRun === undefined ? {} : { machineRun }),
  };
}

/**
 * Opens `quarantine/` under the folder of a store: what was refused, beside what was taken.
 * @throws StoreError
 */
export function openQuarantineDatabase({ dataDir }: { readonly dataDir: string }): Promise<Database> {
  return openDatabase(resolve(dataDir), 'quarantine');
}

/** What LevelDB has beyond abstract-level, and the types of `level` do not tell. */
interface Properties {
  getProperty(name: string): string;
}

/** 0 while it is being opened anew. */
function filesOf(database: Database, level: number): number {
  if (database.status !== 'open') return 0;
  return Number((database as unknown as Properties).getProperty(`leveldb.num-files-at-level${level}`));
}

/** @param reset removes a database that can be made again: one that is corrupt is then opened empty */
async function openDatabase(
  folder: string,
  name: keyof typeof WRITE_BUFFER_BYTES,
  reset?: () => Promise<void>,
): Promise<Database> {
  const database = new Level<Buffer, Buffer>(join(folder, name), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES[name],
  });
  try {
    await database.open();
    return database;
  } catch (error) {
    if (reset === undefined || causeOf(error)?.code !== 'LEVEL_CORRUPTION')
      throw explain(folder, name, error);
    await reset();
    return openDatabase(folder, name);
  }
}

function explain(folder: string, name: string, error: unknown): StoreError {
  const cause = causeOf(error);
  if (cause?.code === 'LEVEL_LOCKED') {
    return new StoreError(
      'LOCKED',
      `DATA_DIR ${folder} is open in another process: stop it, or set another DATA_DIR`,
      error,
    );
  }
  const reason = cause?.message ?? String(error);
  return new StoreError(
    'UNUSABLE',
    `DATA_DIR ${folder}: the database ${name} cannot be opened: ${reason}`,
    error,
  );
}

function causeOf(error: unknown): { readonly code?: string; readonly message?: string } | undefined {
  return (error as { cause?: { code?: string; message?: string } }).cause;
}

/** A folder that is not synced into its parent may be gone after a power cut, with everything in it. */
async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = dirname(made))
      await syncFolder(dirname(made));
  } catch (error) {
    throw new StoreError('UNUSABLE', `DATA_DIR ${folder} cannot be made: ${(error as Error).message}`, error);
  }
}

/** What was made, renamed or removed in it is durable when it resolves. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
