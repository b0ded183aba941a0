import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { emptyMemory } from '../testing/memory';
import { type Database, readPage, RowBatch } from './database';

const MIB = 2 ** 20;
const ROWS = 128;

/** Own memory of this process that V8 knows nothing of; files that LevelDB has mapped are none. */
function unknownToV8(): number {
  const { heapTotal, external } = process.memoryUsage();
  const own = /RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(own) * 1024 - heapTotal - external;
}

describe('a page of rows', () => {
  let folder: string;
  let database: Level<Buffer, Buffer>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hooklog-'));
    database = new Level(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    for (let i = 0; i < ROWS; i++) await database.put(Buffer.of(i), randomBytes(MIB));
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  it('is nowhere in memory when nobody has it any longer, even if its iterator was not collected', async () => {
    const iterators: unknown[] = [];
    const kept = Object.create(database, {
      iterator: {
        value: (options: object) => {
          const iterator = database.iterator(options);
          iterators.push(iterator);
          return iterator;
        },
      },
    }) as Database;
    const before = unknownToV8();
    for (let i = 0; i < ROWS; i += 2) {
      const range = { gte: Buffer.of(i), lt: Buffer.of(i + 2) };
      expect(await readPage(kept, range, { bytesMax: 4 * MIB, rowsMax: 10 })).toHaveLength(2);
    }
    expect(iterators).toHaveLength(ROWS / 2);
    expect((unknownToV8() - before) / MIB).toBeLessThan(ROWS / 2);
  });
});

describe('a batch of rows', () => {
  const one = { key: Buffer.of(1), value: Buffer.from('one') };
  const two = { key: Buffer.of(2), value: Buffer.from('two') };
  const gone = { key: Buffer.of(1) };

  it('takes what was added since the last time, and has an effect when it is written', async () => {
    const database = emptyMemory();
    await database.open();
    const batch = new RowBatch(database);
    batch.take([one]);
    expect(await database.keys().all()).toEqual([]);
    // what stands in the place of the one that it has is not looked at
    await batch.write([gone, two], false);
    expect(await database.iterator().all()).toEqual([one, two].map(({ key, value }) => [key, value]));
    await database.close();
  });

  it('ends with its database when it is not written', async () => {
    const database = emptyMemory();
    await database.open();
    const batch = new RowBatch(database);
    batch.take([one]);
    await database.close();
    await database.open();
    expect(() => batch.take([one, two])).toThrow('Batch is not open');
    expect(await database.keys().all()).toEqual([]);
    await database.close();
  });
});
