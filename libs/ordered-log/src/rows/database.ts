import type { AbstractChainedBatch, AbstractIterator, AbstractLevel } from 'abstract-level';
import type { KeyRange } from './keys';

/** Buffer keys and values, e.g. `new Level(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' })`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the back end's own format is its own business
export type Database = AbstractLevel<any, Buffer, Buffer>;

/** A put, or without value a delete. */
export interface Change {
  readonly key: Buffer;
  readonly value?: Buffer;
}

type RowIterator = AbstractIterator<Database, Buffer, Buffer>;

export type Row = readonly [key: Buffer, value: Buffer];

export interface PageLimits {
  readonly bytesMax: number;
  readonly rowsMax: number;
}

/** What a closed iterator may keep: so much is read ahead by an iterator that nobody told otherwise. */
const KEPT_BYTES = 16 * 1024;

/**
 * One atomic batch in the making. The database copies rows as they are taken, which is most of what a batch costs before
 * it is with the disk. A chained batch: half the cost of the array form. One that is never written ends with the database.
 */
export class RowBatch {
  readonly #batch: AbstractChainedBatch<Database, Buffer, Buffer>;
  #taken = 0;

  constructor(database: Database) {
    this.#batch = database.batch();
  }

  /** @param changes those of the last time, which it has, and what was added behind them */
  take(changes: readonly Change[]): void {
    for (; this.#taken < changes.length; this.#taken++) {
      const { key, value } = changes[this.#taken]!;
      if (value === undefined) this.#batch.del(key);
      else this.#batch.put(key, value);
    }
  }

  /** Takes what was added, too. With `sync` it is on the disk when this resolves. */
  async write(changes: readonly Change[], sync: boolean): Promise<void> {
    try {
      this.take(changes);
      await this.#batch.write({ sync } as object);
    } finally {
      await this.#batch.close();
    }
  }
}

/** One atomic batch; with `sync` it is on the disk when this resolves. */
export async function writeBatch(
  database: Database,
  changes: readonly Change[],
  sync: boolean,
): Promise<void> {
  await new RowBatch(database).write(changes, sync);
}

/** Rows from the start of the range (from its end backwards), at least one if there is one, else as many as both limits allow. */
export async function readPage(
  database: Database,
  range: KeyRange,
  limits: PageLimits,
  direction: 'forwards' | 'backwards' = 'forwards',
): Promise<Row[]> {
  const options = { ...range, reverse: direction === 'backwards', highWaterMarkBytes: limits.bytesMax };
  const iterator = database.iterator(options);
  try {
    const { rows, bytesRead } = await nextRows(iterator, limits);
    if (bytesRead > KEPT_BYTES) await forgetRows(iterator, range);
    return rows;
  } finally {
    await iterator.close();
  }
}

interface NextRows {
  readonly rows: Row[];
  /** of values, those of a row too many included */
  readonly bytesRead: number;
}

async function nextRows(iterator: RowIterator, { bytesMax, rowsMax }: PageLimits): Promise<NextRows> {
  const rows: Row[] = [];
  let bytesRead = 0;
  while (bytesRead < bytesMax && rows.length < rowsMax) {
    const more = await iterator.nextv(rowsMax - rows.length);
    if (more.length === 0) break;
    for (const row of more) {
      bytesRead += row[1].length;
      if (bytesRead > bytesMax && rows.length > 0) break;
      rows.push(row);
    }
  }
  return { rows, bytesRead };
}

/**
 * A closed iterator of classic-level keeps what it read last until it is collected, and V8 does not know how much that
 * is: the master of a slave that caught up with gigabytes grew by half of them. A read of little takes its place.
 */
async function forgetRows(iterator: RowIterator, { lt }: KeyRange): Promise<void> {
  const [row] = await iterator.nextv(1);
  if (row !== undefined && row[1].length <= KEPT_BYTES) return;
  // at the end of a range that was no read; a seek comes first then, though this thread waits for it
  iterator.seek(lt);
  await iterator.nextv(1);
}

/** All rows of a range, page by page: no iterator stays open while a consumer thinks. */
export async function* readPages(
  database: Database,
  { gte, lt }: KeyRange,
  limits: PageLimits,
): AsyncGenerator<readonly Row[]> {
  for (let from = gte; ;) {
    const rows = await readPage(database, { gte: from, lt }, limits);
    if (rows.length === 0) return;
    yield rows;
    from = Buffer.concat([rows.at(-1)![0], Buffer.of(0)]);
  }
}

/** Whether LevelDB found its own files changed, now or while it opened. */
export function isCorruption(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  return code === 'LEVEL_CORRUPTION' || (cause !== undefined && isCorruption(cause));
}
