import type { RawRecord } from '../frame/frame';
import { comparePositions, type Position } from '../position';
import type { PageLimits } from '../rows/database';

/** Frames that are kept; the memory of the messages that they came in may be held with them. */
const BYTES_MAX = 4 << 20;
/** Nobody follows closely who asks for nothing while so many batches are written: then nothing is kept. */
export const UNASKED_BATCHES_MAX = 256;
/** Forgotten ones leave the list when they are so many of it. */
const FORGOTTEN_MAX = 256;

/** The last records of the log, in memory: whoever follows closely is sent what was just written, without a look at the disk. */
export class RecentRecords {
  #records: RawRecord[] = [];
  /** Those before it in the list are forgotten. */
  #first = 0;
  #bytes = 0;
  /** Batches that came since somebody asked. */
  #unasked = 0;
  /** The place in front of the first one. */
  #before: Position | undefined;

  /** Records that are durable, and stand directly behind `before`, the end of the log until now. */
  add(records: readonly RawRecord[], before: Position): void {
    this.#unasked += 1;
    if (this.#unasked > UNASKED_BATCHES_MAX) return this.clear();
    if (this.#before === undefined) this.#before = before;
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += record.frame.length;
    }
    while (this.#bytes > BYTES_MAX) this.#forgetFirst();
    if (this.#first < FORGOTTEN_MAX) return;
    this.#records = this.#records.slice(this.#first);
    this.#first = 0;
  }

  /** The log was cut, or opened anew. */
  clear(): void {
    this.#records = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#before = undefined;
  }

  /** Records behind `after`, up to `last`, at least one, else as many as both limits allow; undefined: ask the disk. */
  page(after: Position, last: Position, { bytesMax, rowsMax }: PageLimits): RawRecord[] | undefined {
    this.#unasked = 0;
    const from = this.#indexBehind(after);
    if (from === undefined) return undefined;
    const page: RawRecord[] = [];
    let bytes = 0;
    for (let i = from; i < this.#records.length && page.length < rowsMax; i++) {
      const record = this.#records[i]!;
      bytes += record.frame.length;
      if (comparePositions(record.position, last) > 0 || (bytes > bytesMax && page.length > 0)) break;
      page.push(record);
    }
    return page.length === 0 ? undefined : page;
  }

  at(position: Position): RawRecord | undefined {
    const behind = this.#indexBehind(position);
    return behind === undefined || behind === this.#first ? undefined : this.#records[behind - 1];
  }

  /** Index of the record behind a place that is here, or directly in front of the first one. */
  #indexBehind(place: Position): number | undefined {
    if (this.#before === undefined || comparePositions(place, this.#before) < 0) return undefined;
    let low = this.#first;
    for (let high = this.#records.length; low < high;) {
      const middle = (low + high) >> 1;
      if (comparePositions(this.#records[middle]!.position, place) <= 0) low = middle + 1;
      else high = middle;
    }
    const previous = low === this.#first ? this.#before : this.#records[low - 1]!.position;
    return comparePositions(previous, place) === 0 ? low : undefined;
  }

  #forgetFirst(): void {
    const { position, frame } = this.#records[this.#first]!;
    this.#first += 1;
    this.#bytes -= frame.length;
    this.#before = position;
  }
}
