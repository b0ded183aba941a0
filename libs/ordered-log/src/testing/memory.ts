import { MemoryLevel } from 'memory-level';
import type { Database } from '../rows/database';

export const ENCODING = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

export interface Operation {
  readonly type: 'put' | 'del';
  readonly key: Buffer;
  readonly value?: Buffer;
}

export interface WriteOptions {
  readonly sync?: boolean;
}

/** What memory-level has, and its types do not tell: where all batches of a database pass. */
interface Batches {
  _batch(operations: readonly Operation[], options: WriteOptions): Promise<void>;
  _clear(options: object): Promise<void>;
  _getMany(keys: readonly Buffer[], options: object): Promise<(Buffer | undefined)[]>;
}

export const MemoryDatabase = MemoryLevel as unknown as new (
  options: typeof ENCODING,
) => MemoryLevel<Buffer, Buffer> & Batches;

export function emptyMemory(): Database {
  return new MemoryLevel<Buffer, Buffer>(ENCODING);
}

/** A database of its own with the same rows. */
export async function copyOf(database: Database): Promise<Database> {
  const copy = emptyMemory();
  await copy.open();
  for (const [key, value] of await database.iterator().all()) await copy.put(key, value);
  return copy;
}
