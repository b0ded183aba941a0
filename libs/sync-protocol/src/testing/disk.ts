import { MemoryLevel } from 'memory-level';
import { type Database, OrderedLog, type Position } from '@hooklog/ordered-log';

const ENCODING = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

export interface Disk {
  readonly log: Database;
  readonly index: Database;
}

interface Batches {
  _batch(operations: readonly object[], options: object): Promise<void>;
}

/** What memory-level has, and its types do not tell: where all batches of a database pass. */
const MemoryDatabase = MemoryLevel as unknown as new (
  options: typeof ENCODING,
) => MemoryLevel<Buffer, Buffer> & Batches;

/** A database whose writes take as long as the test wants, or fail. */
export class HeldLevel extends MemoryDatabase {
  private held: Promise<void> | undefined;
  private release_: () => void = () => undefined;
  /** Batches until the one that fails, and is not stored; undefined: none. */
  failAfter: number | undefined;
  /** That one is stored all the same. */
  storesWhatFails = false;

  constructor() {
    super(ENCODING);
  }

  hold(): void {
    this.held = new Promise((resolve) => (this.release_ = resolve));
  }

  release(): void {
    this.held = undefined;
    this.release_();
  }

  override async _batch(operations: readonly object[], options: object): Promise<void> {
    await this.held;
    const fails = this.failAfter !== undefined && this.failAfter-- === 0;
    if (!fails || this.storesWhatFails) await super._batch(operations, options);
    if (fails) throw new Error('no space left on device');
  }
}

export function memoryDisk(): Disk {
  return { log: new MemoryDatabase(ENCODING), index: new MemoryDatabase(ENCODING) };
}

/** A disk of its own with the same rows. */
export async function copyOf({ log, index }: Disk): Promise<Disk> {
  const copy = memoryDisk();
  for (const [from, to] of [
    [log, copy.log],
    [index, copy.index],
  ] as const) {
    await to.open();
    for (const [key, value] of await from.iterator().all()) await to.put(key, value);
  }
  return copy;
}

let stores = 0;

/** A store id that no other disk of this process has. */
function freshStore(): string {
  stores += 1;
  return stores.toString(16).padStart(16, '0');
}

export function openLog(node: string, disk: Disk = memoryDisk()): Promise<OrderedLog> {
  return OrderedLog.open({ ...disk, node, newStoreId: freshStore() });
}

/** Notes on a closed log that it had records up to there, which it lost: it is a learner until it has them again. */
export async function loseUpTo({ log }: Disk, position: Position): Promise<void> {
  const row = Buffer.alloc(12);
  row.writeBigUInt64BE(BigInt(position.sequence));
  row.writeUInt32BE(position.n, 8);
  await log.open();
  await log.put(Buffer.from('M\0incomplete'), row);
  await log.close();
}

/** Turns a bit of the record at a place of a log, which may be open. */
export async function damage({ log }: Disk, { sequence, n }: Position): Promise<void> {
  const key = Buffer.alloc(13);
  key.write('l');
  key.writeBigUInt64BE(BigInt(sequence), 1);
  key.writeUInt32BE(n, 9);
  const frame = Buffer.from((await log.get(key)) ?? []);
  frame.writeUInt8(frame.readUInt8(40) ^ 4, 40);
  await log.put(key, frame);
}
