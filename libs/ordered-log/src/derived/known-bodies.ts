import type { Digest } from '@hooklog/object-id';
import { type Change, type Database, readPages } from '../rows/database';
import { DIGEST_ROWS, isDigestRow, prefixOfDigestRow } from '../rows/keys';
import { HashFilter } from './hash-filter';

/** Rows of bodies are small. */
const BODIES_PAGE = { bytesMax: 64 * 1024, rowsMax: 1024 };

/** Which bodies entries with an event id may have: those of rows that are followed from now on, and those that are read meanwhile. */
export class KnownBodies {
  readonly #filter = new HashFilter();
  #isComplete = false;

  /** false: none of the rows has it. Always true until all were read. */
  mayHave(digest: Digest): boolean {
    return !this.#isComplete || this.#filter.mayHave(digest);
  }

  follow(changes: readonly Change[]): void {
    for (const { key, value } of changes) if (value !== undefined && isDigestRow(key)) this.#add(key);
  }

  /** All rows that are in the index, page by page while others are written. */
  async read(database: Database): Promise<void> {
    for await (const rows of readPages(database, DIGEST_ROWS, BODIES_PAGE))
      for (const [key] of rows) this.#add(key);
    this.#isComplete = true;
  }

  /** A row comes again when its entry gets its sequence, and takes no room then. */
  #add(row: Buffer): void {
    const hash = prefixOfDigestRow(row);
    if (!this.#filter.mayHave(hash)) this.#filter.add(hash);
  }
}
