import type { Position } from '../position';
import type { Change } from '../rows/database';
import type { Extent } from '../rows/marks';
import type { DerivedIndex } from './derived-index';

/** So many rows are written though nobody asks for them. */
const GATHERED_ROWS = 128;
/** Rows that wait for the index; beyond them the log waits too. */
const UNWRITTEN_ROWS_MAX = 16_384;

/**
 * Writes the rows of the index behind the log: nobody's answer waits for them. Since a write costs more than the rows of
 * a batch, those of several batches gather until they are many, or until somebody asks.
 */
export class IndexWriter {
  #waiting: Change[] = [];
  #through: Extent | undefined;
  #committed: Position | undefined;
  #isPlanned = false;
  #written: Promise<void> = Promise.resolve();

  /** @param failed hears why the index cannot be written; from then on it stays as it is */
  constructor(
    private readonly index: DerivedIndex,
    private readonly failed: (error: unknown) => void,
  ) {}

  /**
   * Rows of a log batch that is durable, with how far the index then reaches, and what is committed. The fingerprints
   * have them at once.
   */
  add(changes: readonly Change[], through: Extent, committed: Position): void {
    for (const row of this.index.follow(changes)) this.#waiting.push(row);
    this.#through = through;
    this.#committed = committed;
    if (this.#waiting.length >= GATHERED_ROWS) this.#plan();
  }

  /** Writes all that was added by now. Resolves when it is in the index; rejects when it could not be written. */
  written(): Promise<void> {
    if (this.#through !== undefined) this.#plan();
    return this.#written;
  }

  /** false: so much waits that the log has to wait, too. */
  get isRoomy(): boolean {
    return this.#waiting.length <= UNWRITTEN_ROWS_MAX;
  }

  /** Resolves at once unless too much waits. */
  async roomy(): Promise<void> {
    if (!this.isRoomy) await this.#written;
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#written = this.#written.then(() => this.#write());
    this.#written.catch(this.failed);
  }

  async #write(): Promise<void> {
    const rows = this.#waiting;
    const through = this.#through!;
    const committed = this.#committed!;
    this.#isPlanned = false;
    this.#waiting = [];
    this.#through = undefined;
    await this.index.write(rows, through, committed);
  }
}
