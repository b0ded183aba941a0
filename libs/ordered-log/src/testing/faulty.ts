import { ENCODING, MemoryDatabase, type Operation, type WriteOptions } from './memory';

export type Fault = 'before' | 'after';

/**
 * Fails writes as a disk does: before they took effect, or after. As with LevelDB, whose write-ahead file is
 * then in doubt, every later write fails too until the database was closed and opened again.
 */
export class FaultyLevel extends MemoryDatabase {
  /** Batches until the next one that fails; undefined: none. */
  failAfter: number | undefined;
  fault: Fault = 'before';
  /** The disk refuses to open as well. */
  full = false;
  writesInDoubt = 0;
  /** The process dies in the middle of a clear, which had come to the rows of this letter. */
  clearDiesAt: string | undefined;
  #inDoubt = false;

  constructor() {
    super(ENCODING);
  }

  override async _batch(operations: readonly Operation[], options: WriteOptions): Promise<void> {
    if (this.#inDoubt) {
      this.writesInDoubt++;
      throw new Error('written behind a failed write');
    }
    const fails = this.full || this.failAfter === 0;
    if (this.failAfter !== undefined) this.failAfter--;
    if (!fails) return super._batch(operations, options);
    this.#inDoubt = true;
    if (this.fault === 'after') await super._batch(operations, options);
    throw new Error('no space left on device');
  }

  override async _clear(options: object): Promise<void> {
    if (this.clearDiesAt === undefined) return super._clear(options);
    const keys = await this.keys({ lt: Buffer.from(this.clearDiesAt) }).all();
    await super._batch(
      keys.map((key) => ({ type: 'del', key })),
      {},
    );
    throw new Error('died');
  }

  async _open(): Promise<void> {
    await Promise.resolve();
    if (this.full) throw new Error('no space left on device');
    this.#inDoubt = false;
  }
}
