import { AbstractLevel } from 'abstract-level';
import type { Database } from '@hooklog/ordered-log';
import type { World } from '../world/world';
import type { Conditions } from './conditions';
import type { Folder } from './folder';
import { type Range, RowIterator } from './row-iterator';
import type { Change } from './rows';

const MANIFEST = { encodings: { buffer: true }, seek: true, implicitSnapshots: true };
const ENCODING = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;

interface WriteOptions {
  readonly sync?: boolean;
}

/** A folder as one process has it open. Once the folder has crashed nothing that was asked here is answered. */
class FolderLevel extends AbstractLevel<Buffer, Buffer, Buffer> {
  readonly #run: number;

  constructor(
    private readonly folder: Folder,
    private readonly conditions: Conditions,
    private readonly world: World,
  ) {
    super(MANIFEST, ENCODING);
    this.#run = folder.run;
  }

  _open(): Promise<void> {
    return this.#dead ? never() : this.folder.open();
  }

  _close(): Promise<void> {
    return this.#dead ? never() : Promise.resolve();
  }

  _get(key: Buffer): Promise<Buffer | undefined> {
    return this.read(() => this.folder.rows.get(key));
  }

  _getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    return this.read(() => keys.map((key) => this.folder.rows.get(key)));
  }

  _put(key: Buffer, value: Buffer, options: WriteOptions): Promise<void> {
    return this._batch([{ key, value }], options);
  }

  _del(key: Buffer, options: WriteOptions): Promise<void> {
    return this._batch([{ key }], options);
  }

  _batch(changes: readonly Change[], { sync }: WriteOptions): Promise<void> {
    if (this.#dead) return never();
    const copies = changes.map(({ key, value }) => (value === undefined ? { key } : { key, value }));
    return this.folder.write(copies, sync === true);
  }

  _clear(range: Range): Promise<void> {
    if (this.#dead) return never();
    const rows = this._iterator(range).rest(Infinity);
    return this.folder.write(
      rows.map(([key]) => ({ key })),
      false,
    );
  }

  _iterator(options: Range): RowIterator {
    const look = <T>(read: () => T): Promise<T> => this.read(read);
    return new RowIterator(this, options, this.folder.rows.snapshot(), look);
  }

  /** What the disk has when it gets to it. */
  private async read<T>(look: () => T): Promise<T> {
    const ms = this.conditions.readMs();
    if (ms > 0) await this.world.sleep(ms);
    return this.#dead ? never() : look();
  }

  get #dead(): boolean {
    return this.folder.run !== this.#run;
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

export function openLevel(folder: Folder, conditions: Conditions, world: World): Database {
  return new FolderLevel(folder, conditions, world);
}
