import type { Dice } from '../world/dice';
import type { World } from '../world/world';
import type { Conditions } from './conditions';
import { Journal } from './journal';
import { type Change, Rows } from './rows';

const TABLE_MS_MAX = 2000;

export type Crash = 'process' | 'machine';

interface Write {
  readonly changes: readonly Change[];
  readonly sync: boolean;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * One database folder. Writes take effect one after the other, each batch whole or not at all; a synced one when it
 * is durable. After a failed write, as with LevelDB, all fail until the folder was opened anew.
 */
export class Folder {
  readonly rows = new Rows();
  /** Counts crashes: what was opened before the last one can do nothing any more. */
  run = 0;
  /** Told of each batch that took effect. */
  onWritten: (changes: readonly Change[]) => void = () => undefined;
  readonly #journal: Journal;
  #waiting: Write[] = [];
  #inDoubt = false;
  #callOff: () => void = () => undefined;

  constructor(
    private readonly world: World,
    private readonly dice: Dice,
    private readonly conditions: Conditions,
  ) {
    this.#journal = new Journal(this.rows, dice);
  }

  /** What is on its way to the disk. */
  get underway(): readonly Change[] {
    return this.#waiting.flatMap(({ changes }) => changes);
  }

  async open(): Promise<void> {
    const { run } = this;
    await this.world.sleep(this.conditions.openMs());
    if (this.run !== run) return new Promise(() => undefined);
    if (this.conditions.full) throw noSpace();
    this.#journal.settleAll();
    this.#inDoubt = false;
  }

  write(changes: readonly Change[], sync: boolean): Promise<void> {
    if (this.#inDoubt) return Promise.reject(noSpace());
    if (!sync && this.#waiting.length === 0 && !this.conditions.fails) {
      this.#apply(changes, false);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, sync, resolve, reject });
      if (this.#waiting.length === 1) this.#start();
    });
  }

  /** Whoever had it open is gone. Of what was on its way to the disk some may have arrived. */
  crash(kind: Crash): void {
    this.run++;
    this.#callOff();
    for (const { changes } of this.#waiting) {
      if (this.dice.chance(0.5)) break;
      this.#apply(changes, false);
    }
    this.#waiting = [];
    this.#inDoubt = false;
    if (kind === 'machine') this.#journal.powerCut();
  }

  /** A new disk. */
  wipe(): void {
    this.crash('process');
    this.clear();
  }

  clear(): void {
    this.rows.clear();
    this.#journal.settleAll();
  }

  #start(): void {
    const write = this.#waiting[0];
    if (write === undefined) return;
    const ms = write.sync ? this.conditions.syncMs() : 0;
    this.#callOff = this.world.after(ms, () => this.#finish(write));
  }

  #finish(write: Write): void {
    if (this.conditions.fails) return this.#fail(write);
    this.#waiting.shift();
    this.#apply(write.changes, write.sync);
    write.resolve();
    this.#start();
  }

  #fail({ changes }: Write): void {
    this.#inDoubt = true;
    this.conditions.failing = false;
    if (this.dice.chance(0.5)) this.#apply(changes, false);
    for (const write of this.#waiting.splice(0)) write.reject(noSpace());
  }

  #apply(changes: readonly Change[], durable: boolean): void {
    const full = this.#journal.add(changes, durable);
    if (full) this.#settleLater();
    this.onWritten(changes);
  }

  #settleLater(): void {
    const { run } = this;
    this.world.after(this.dice.between(20, TABLE_MS_MAX), () => {
      if (this.run === run) this.#journal.settleFull();
    });
  }
}

function noSpace(): Error {
  return Object.assign(new Error('IO error: no space left on device'), { code: 'LEVEL_IO_ERROR' });
}
