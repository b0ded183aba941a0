import type { Dice } from '../world/dice';
import type { Change, Rows, Undo } from './rows';

/** Batches of one write-ahead file; a file that is full is written out as a table a while later. */
const FILE_BATCHES_MAX = 64;

interface Batch {
  readonly file: number;
  readonly changes: readonly Change[];
  readonly undos: readonly Undo[];
  durable: boolean;
}

/**
 * What a power cut can take away, and how: of each write-ahead file the end behind its last synced batch. A synced
 * batch makes those before it durable, but only those of its own file.
 */
export class Journal {
  /** From the oldest batch on that can still be lost. */
  #batches: Batch[] = [];
  #file = 0;
  #left: number;

  constructor(
    private readonly rows: Rows,
    private readonly dice: Dice,
  ) {
    this.#left = this.#fileBatches();
  }

  /** Applies a batch. True when a file became full: `settleFull` has to follow. */
  add(changes: readonly Change[], durable: boolean): boolean {
    const undos = changes.map((change) => this.rows.apply(change));
    if (durable) for (const batch of this.#batches) batch.durable ||= batch.file === this.#file;
    this.#batches.push({ file: this.#file, changes, undos, durable });
    this.#forgetDurable();
    if (--this.#left > 0) return false;
    this.#file++;
    this.#left = this.#fileBatches();
    return this.#batches.length > 0;
  }

  /** The files before the one that is written now are tables, and synced. */
  settleFull(): void {
    for (const batch of this.#batches) batch.durable ||= batch.file < this.#file;
    this.#forgetDurable();
  }

  /** The whole folder was written out as synced tables. */
  settleAll(): void {
    this.#batches = [];
    this.#file++;
  }

  powerCut(): void {
    const kept = this.#kept();
    const firstLost = this.#batches.findIndex((batch) => !kept.has(batch));
    if (firstLost >= 0) {
      for (const { undos } of this.#batches.slice(firstLost).reverse()) {
        for (const undo of [...undos].reverse()) this.rows.revert(undo);
      }
      for (const batch of this.#batches.slice(firstLost)) {
        if (kept.has(batch)) for (const change of batch.changes) this.rows.apply(change);
      }
    }
    this.settleAll();
  }

  #kept(): Set<Batch> {
    const kept = new Set(this.#batches.filter(({ durable }) => durable));
    for (const file of new Set(this.#batches.map((batch) => batch.file))) {
      const inDoubt = this.#batches.filter((batch) => batch.file === file && !batch.durable);
      for (const batch of inDoubt.slice(0, this.#survivors(inDoubt.length))) kept.add(batch);
    }
    return kept;
  }

  #survivors(inDoubt: number): number {
    if (this.dice.chance(0.3)) return 0;
    return this.dice.chance(0.3) ? inDoubt : this.dice.below(inDoubt + 1);
  }

  #forgetDurable(): void {
    const first = this.#batches.findIndex(({ durable }) => !durable);
    this.#batches.splice(0, first < 0 ? this.#batches.length : first);
  }

  #fileBatches(): number {
    return 4 + this.dice.below(FILE_BATCHES_MAX - 4);
  }
}
