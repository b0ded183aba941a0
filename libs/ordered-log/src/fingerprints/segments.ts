import type { EntryKey } from '@hooklog/object-id';
import { Directory } from './directory';
import type { Place, Span } from './place';
import { decodeSegment, encodeSegment, type SegmentRow } from './segment-row';
import { Segment } from './segment';

/** What a segment has that was filled from its beginning to its end. */
export const SEGMENT_ITEMS = 512;
/** What a segment has at most, when more came later: then it is cut in two. */
const SEGMENT_ITEMS_MAX = 2 * SEGMENT_ITEMS;
/** One with fewer becomes part of a neighbour that has room. */
const SEGMENT_ITEMS_MIN = SEGMENT_ITEMS / 4;

/** In this order: a key may be in both. */
export interface RowChanges {
  readonly dropped: readonly EntryKey[];
  readonly sealed: readonly SegmentRow[];
}

/** Where an item is: the place of its segment, and its own in there. */
export interface Location {
  readonly at: number;
  readonly segment: Segment;
  readonly offset: number;
}

/**
 * All items in a row of segments. A segment reaches from its first item up to the first one of the next, so that
 * every key belongs to one of them; while it is as its row has it, `rowKey` names that row.
 */
export class Segments {
  readonly #row: Segment[] = [];
  readonly directory = new Directory(this.#row);
  /** Those that no row tells. */
  readonly #open = new Set<Segment>();
  /** None of those ends before this second: until it has settled nobody has to look at them. */
  #openEndFrom = 0;
  #size = 0;
  readonly #dropped: EntryKey[] = [];

  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#row.length;
  }

  /** Of the first item and the last one; undefined: there is none. */
  get seconds(): Span | undefined {
    const [first, last] = [this.#row[0], this.#row.at(-1)];
    return first && last && { oldest: first.items.secondsAt(0), newest: last.lastSeconds };
  }

  /** Seconds of the item with which the last segment begins: no row tells of any behind it. */
  get lastFrom(): number {
    return this.#row.at(-1)?.items.secondsAt(0) ?? -Infinity;
  }

  segmentAt(at: number): Segment {
    return this.#row[at]!;
  }

  /** false: it is there already */
  insert(place: Place): boolean {
    const at = this.#at(place);
    const segment = this.#row[at];
    const index = segment?.items.lowerBound(place) ?? 0;
    if (segment === undefined || this.#isFullEnd(at, index)) {
      this.#push(place);
      return true;
    }
    if (isAt(segment, index, place)) return false;
    segment.insert(index, place);
    this.#size++;
    this.#changed(at);
    if (segment.count > SEGMENT_ITEMS_MAX) this.#cut(at, segment);
    return true;
  }

  /** false: it was not there */
  remove(place: Place): boolean {
    const at = this.#at(place);
    const segment = this.#row[at];
    const index = segment?.items.lowerBound(place) ?? 0;
    if (segment === undefined || !isAt(segment, index, place)) return false;
    segment.remove(index);
    this.#openEndFrom = 0;
    this.#size--;
    this.#changed(at);
    if (segment.count === 0) this.#drop(at);
    else if (segment.count < SEGMENT_ITEMS_MIN && !this.#merge(at)) this.#merge(at - 1);
    return true;
  }

  has(place: Place): boolean {
    const segment = this.#row[this.#at(place)];
    return segment !== undefined && isAt(segment, segment.items.lowerBound(place), place);
  }

  /** Index of the first item at or behind a place. */
  lowerBound(place: Place): number {
    const at = this.#at(place);
    const offset = this.#row[at]?.items.lowerBound(place) ?? 0;
    return this.directory.firstOf(at) + offset;
  }

  find(index: number): Location {
    if (!(index >= 0 && index < this.#size)) throw new RangeError(`no item ${index} of ${this.#size}`);
    const at = this.directory.placeOf(index);
    return { at, segment: this.#row[at]!, offset: index - this.directory.firstOf(at) };
  }

  /**
   * What has changed of the rows since the last call, and rows of at most `max` segments that have none and end
   * before a second: few of those change any more.
   */
  takeRows(beforeSeconds: number, max: number): RowChanges {
    const sealed: SegmentRow[] = [];
    if (max > 0 && beforeSeconds > this.#openEndFrom) this.#seal(beforeSeconds, max, sealed);
    return { dropped: this.#dropped.splice(0), sealed };
  }

  #seal(beforeSeconds: number, max: number, sealed: SegmentRow[]): void {
    let endFrom = Infinity;
    for (const segment of this.#open) {
      if (sealed.length === max) {
        endFrom = 0;
        break;
      }
      const end = segment.lastSeconds;
      const next = end < beforeSeconds ? this.#row[this.#at(segment.items.placeAt(0)) + 1] : undefined;
      if (next === undefined) {
        endFrom = Math.min(endFrom, end);
        continue;
      }
      const row = encodeSegment(segment, next.items.keyAt(0));
      segment.rowKey = row.key;
      this.#open.delete(segment);
      sealed.push(row);
    }
    this.#openEndFrom = endFrom;
  }

  /** Adds what a row holds behind all items. Returns where its range ends; undefined: it is damaged. */
  unseal(row: SegmentRow): EntryKey | undefined {
    const sealed = decodeSegment(row);
    if (sealed === undefined) {
      this.disown(row.key);
      return undefined;
    }
    this.directory.changed(this.#row.length);
    this.#row.push(sealed.segment);
    this.#size += sealed.segment.count;
    return sealed.to;
  }

  /** No segment is as this row has it. */
  disown(rowKey: EntryKey): void {
    this.#dropped.push(rowKey);
  }

  /** The end is full, or sealed: what comes behind it begins another segment. */
  #isFullEnd(at: number, index: number): boolean {
    const { count, rowKey } = this.#row[at]!;
    if (at + 1 < this.#row.length || index < count) return false;
    return count >= SEGMENT_ITEMS || rowKey !== undefined;
  }

  #push(place: Place): void {
    const segment = new Segment();
    segment.insert(0, place);
    this.directory.changed(this.#row.length);
    this.#row.push(segment);
    this.#leaveOpen(segment);
    this.#size++;
  }

  #cut(at: number, segment: Segment): void {
    const rest = segment.cut(segment.count >> 1);
    this.#row.splice(at + 1, 0, rest);
    this.#open.add(rest);
    this.#leaveOpen(segment);
  }

  /** The row of the segment before it reaches as far as this one began, and keys may come in between. */
  #drop(at: number): void {
    if (at > 0) this.#changed(at - 1);
    const [segment] = this.#row.splice(at, 1);
    if (segment !== undefined) this.#open.delete(segment);
  }

  /** The last segment that does not begin behind a place: mostly the last one of all. */
  #at(place: Place): number {
    const last = this.#row.length - 1;
    if (last < 0 || this.#row[last]!.items.compareAt(0, place) <= 0) return Math.max(0, last);
    let low = 0;
    for (let high = last - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if (this.#row[middle]!.items.compareAt(0, place) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #changed(at: number): void {
    this.directory.changed(at);
    const segment = this.#row[at]!;
    if (segment.rowKey === undefined) return;
    this.disown(segment.rowKey);
    segment.rowKey = undefined;
    this.#open.add(segment);
    this.#openEndFrom = 0;
  }

  /** A segment that is new, or ends earlier than before. */
  #leaveOpen(segment: Segment): void {
    this.#open.add(segment);
    this.#openEndFrom = Math.min(this.#openEndFrom, segment.lastSeconds);
  }

  /** The segment behind one becomes part of it. */
  #merge(at: number): boolean {
    const [segment, behind] = [this.#row[at], this.#row[at + 1]];
    if (segment === undefined || behind === undefined) return false;
    if (segment.count + behind.count > SEGMENT_ITEMS) return false;
    this.#changed(at + 1);
    this.#changed(at);
    segment.append(behind);
    this.#drop(at + 1);
    return true;
  }
}

function isAt(segment: Segment, index: number, place: Place): boolean {
  return index < segment.count && segment.items.compareAt(index, place) === 0;
}
