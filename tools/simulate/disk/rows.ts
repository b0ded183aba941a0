/** One row; `name` is its key with a character for every byte, which sorts as the bytes do. */
export interface Row {
  readonly name: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** A put, or without value a delete. */
export interface Change {
  readonly key: Buffer;
  readonly value?: Buffer;
}

/** What stood there before a change. */
export interface Undo {
  readonly name: string;
  readonly before: Row | undefined;
}

/** Rows in the order of their keys. A snapshot costs nothing until the next write. */
export class Rows {
  #rows: Row[] = [];
  #shared = false;

  get length(): number {
    return this.#rows.length;
  }

  get(key: Buffer): Buffer | undefined {
    const name = key.toString('latin1');
    const row = this.#rows[this.#find(name)];
    return row !== undefined && row.name === name ? row.value : undefined;
  }

  /** Rows as they are now, whatever is written later. */
  snapshot(): readonly Row[] {
    this.#shared = true;
    return this.#rows;
  }

  apply({ key, value }: Change): Undo {
    const name = key.toString('latin1');
    return { name, before: this.#set(name, value && { name, key, value }) };
  }

  revert({ name, before }: Undo): void {
    this.#set(name, before);
  }

  clear(): void {
    this.#rows = [];
    this.#shared = false;
  }

  #set(name: string, row: Row | undefined): Row | undefined {
    if (this.#shared) {
      this.#rows = this.#rows.slice();
      this.#shared = false;
    }
    const at = this.#find(name);
    const found = this.#rows[at];
    const before = found?.name === name ? found : undefined;
    if (row !== undefined && before !== undefined) this.#rows[at] = row;
    else if (row !== undefined) this.#rows.splice(at, 0, row);
    else if (before !== undefined) this.#rows.splice(at, 1);
    return before;
  }

  #find(name: string): number {
    return firstFrom(this.#rows, name);
  }
}

/** Index of the first row whose name is not smaller. */
export function firstFrom(rows: readonly Row[], name: string): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
