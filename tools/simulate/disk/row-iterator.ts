import { AbstractIterator, type AbstractLevel } from 'abstract-level';
import { firstFrom, type Row } from './rows';

export interface Range {
  readonly gt?: Buffer;
  readonly gte?: Buffer;
  readonly lt?: Buffer;
  readonly lte?: Buffer;
  readonly reverse?: boolean;
}

type Entry = [key: Buffer, value: Buffer];
type Level = AbstractLevel<Buffer, Buffer, Buffer>;

/** Walks over rows as they were when it was made. */
export class RowIterator extends AbstractIterator<Level, Buffer, Buffer> {
  readonly #from: number;
  readonly #to: number;
  #taken = 0;

  constructor(
    level: Level,
    private readonly range: Range,
    private readonly rows: readonly Row[],
    private readonly look: <T>(read: () => T) => Promise<T>,
  ) {
    super(level, range);
    this.#from = lowerEnd(rows, range);
    this.#to = upperEnd(rows, range);
  }

  _next(): Promise<Entry | undefined> {
    return this.look(() => this.rest(1)[0]);
  }

  _nextv(size: number): Promise<Entry[]> {
    return this.look(() => this.rest(size));
  }

  _all(): Promise<Entry[]> {
    return this.look(() => this.rest(this.limit - this.count));
  }

  _seek(target: Buffer): void {
    const at = firstFrom(this.rows, this.range.reverse ? after(target) : nameOf(target));
    this.#taken = Math.max(0, this.range.reverse ? this.#to - at : at - this.#from);
  }

  /** The next rows, at most so many. */
  rest(most: number): Entry[] {
    const entries: Entry[] = [];
    const { reverse } = this.range;
    for (; entries.length < most && this.#from + this.#taken < this.#to; this.#taken++) {
      const row = this.rows[reverse ? this.#to - 1 - this.#taken : this.#from + this.#taken]!;
      entries.push([row.key, row.value]);
    }
    return entries;
  }
}

function lowerEnd(rows: readonly Row[], { gt, gte }: Range): number {
  if (gt !== undefined) return firstFrom(rows, after(gt));
  return gte === undefined ? 0 : firstFrom(rows, nameOf(gte));
}

function upperEnd(rows: readonly Row[], { lt, lte }: Range): number {
  if (lte !== undefined) return firstFrom(rows, after(lte));
  return lt === undefined ? rows.length : firstFrom(rows, nameOf(lt));
}

function nameOf(key: Buffer): string {
  return key.toString('latin1');
}

/** The smallest name behind that of this key. */
function after(key: Buffer): string {
  return `${nameOf(key)}\0`;
}
