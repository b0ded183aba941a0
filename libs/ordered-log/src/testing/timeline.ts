import type { Database } from '../rows/database';
import { emptyMemory, ENCODING, MemoryDatabase, type Operation, type WriteOptions } from './memory';

type Name = 'log' | 'index';

interface Batch {
  readonly of: Name;
  readonly operations: readonly Operation[];
  /** The moment from which on not even a power cut takes it away. */
  durableFrom: number;
}

/** All batches of two databases in the order in which they were written, for dying between any two of them. */
export class Timeline {
  readonly batches: Batch[] = [];
  readonly log: Database = new RecordedLevel(this, 'log');
  readonly index: Database = new RecordedLevel(this, 'index');

  /** Goes on from what two databases have, which is durable. */
  static async from(databases: Readonly<Record<Name, Database>>): Promise<Timeline> {
    const timeline = new Timeline();
    for (const name of ['log', 'index'] as const) {
      await timeline[name].open();
      const batch = timeline[name].batch();
      for await (const [key, value] of databases[name].iterator()) batch.put(key, value);
      await batch.write({ sync: true } as object);
    }
    return timeline;
  }

  write(of: Name, operations: readonly Operation[], { sync }: WriteOptions): void {
    const copies = operations.map(({ type, key, value }) => ({ type, key, ...(value && { value }) }));
    const durableFrom = sync === true ? this.batches.length + 1 : Infinity;
    this.batches.push({ of, operations: copies, durableFrom });
  }

  /** LevelDB turns its write-ahead file into synced tables when it opens. */
  open(of: Name): void {
    for (const batch of this.batches) {
      if (batch.of === of) batch.durableFrom = Math.min(batch.durableFrom, this.batches.length + 1);
    }
  }

  /** A database as it was found after `moment` batches, if of those in the air only those that `survives` reached the disk. */
  async databaseAt(of: Name, moment: number, survives: (batch: number) => boolean): Promise<Database> {
    const database = emptyMemory();
    await database.open();
    for (const [i, batch] of this.batches.slice(0, moment).entries()) {
      if (batch.of === of && (batch.durableFrom <= moment || survives(i))) await replay(database, batch);
    }
    return database;
  }
}

class RecordedLevel extends MemoryDatabase {
  constructor(
    private readonly timeline: Timeline,
    private readonly of: Name,
  ) {
    super(ENCODING);
  }

  override async _batch(operations: readonly Operation[], options: WriteOptions): Promise<void> {
    await super._batch(operations, options);
    this.timeline.write(this.of, operations, options);
  }

  /** A clear of everything. */
  override async _clear(options: object): Promise<void> {
    const keys = await this.keys().all();
    await super._clear(options);
    const operations = keys.map((key) => ({ type: 'del' as const, key }));
    this.timeline.write(this.of, operations, {});
  }

  async _open(): Promise<void> {
    await Promise.resolve();
    this.timeline.open(this.of);
  }
}

async function replay(database: Database, { operations }: Batch): Promise<void> {
  const batch = database.batch();
  for (const { type, key, value } of operations) {
    if (type === 'put') batch.put(key, value!);
    else batch.del(key);
  }
  await batch.write();
}
