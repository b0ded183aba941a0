import { comparePositions, decodeRecord, type Member, type Position } from '@hooklog/ordered-log';
import type { Change, Row } from '../disk/rows';
import {
  arrivalOfRow,
  chainOfFrame,
  epochOfFrame,
  kindOf,
  keyOfFrame,
  isEntryFrame,
  isMembersFrame,
  positionOfRow,
  promiseOfRow,
  receiptOfFrame,
} from './stored-rows';
import { hold } from './violation';

export interface StoredRecord {
  readonly position: Position;
  readonly epoch: number;
  readonly chain: string;
  readonly frame: Buffer;
}

interface Fence {
  readonly epoch: number;
  end: Position;
}

/** What the log of one store becomes by a batch. */
export interface Step {
  /** From the end backwards. */
  readonly cut: readonly StoredRecord[];
  readonly added: readonly StoredRecord[];
}

const NO_CHAIN = '\0'.repeat(16);

/** The log of one store as its disk has it, kept up with every batch that takes effect. */
export class StoreCopy {
  readonly records: StoredRecord[] = [];
  /** Frames by arrival. */
  readonly pending = new Map<number, Buffer>();
  promised: { readonly epoch: number; readonly to: string } = { epoch: 0, to: '' };
  /** Where the log ended when epochs were promised, as a candidate heard it or, before that, as the disk had it. */
  #fences: Fence[] = [];
  /** Index of the record of a place. */
  readonly #at = new Map<string, number>();
  /** Sequences and arrivals of keys: entries, pending ones, and other names. */
  readonly #names = new Map<string, Set<string>>();
  /** Chains of the records that were cut. */
  readonly #cutChains = new Set<string>();

  /** 16 hex digits; empty until the disk has one */
  store = '';

  constructor(readonly node: string) {}

  get end(): Position {
    return this.records.at(-1)?.position ?? { sequence: 0, n: 0 };
  }

  recordAt(position: Position): StoredRecord | undefined {
    return this.records[this.#at.get(text(position)) ?? -1];
  }

  /** undefined where the log has no record */
  chainAt(position: Position): string | undefined {
    if (position.sequence === 0 && position.n === 0) return NO_CHAIN;
    return this.recordAt(position)?.chain;
  }

  /** Those that are in force: as its last record about them names them. */
  get members(): readonly Member[] {
    const record = this.records.findLast(({ frame }) => isMembersFrame(frame));
    const decoded = record && decodeRecord(record);
    return decoded?.type === 'members' ? decoded.members : [];
  }

  indexOf(position: Position): number {
    return this.#at.get(text(position)) ?? -1;
  }

  /** Whether it has an entry of this key, or one that has it as another name. */
  has(key: string): boolean {
    return (this.#names.get(key)?.size ?? 0) > 0;
  }

  /** Whether it has this very record, or the entry of it again as pending since it cut the record. */
  holds({ position, chain }: StoredRecord, key: string): boolean {
    return this.chainAt(position) === chain || (this.#cutChains.has(chain) && this.has(key));
  }

  apply(changes: readonly Change[]): Step {
    const promisedBefore = this.promised.epoch;
    const cut = this.#cut(changes);
    const added: StoredRecord[] = [];
    for (const { key, value } of changes) {
      const kind = kindOf(key);
      if (kind === 'log' && value !== undefined) added.push(this.#add(positionOfRow(key), value));
      else if (kind === 'pending') this.#setPending(arrivalOfRow(key), value);
      else if (kind === 'store' && value !== undefined) this.store = value.toString('hex');
      else if (kind === 'promised' && value !== undefined) this.#promise(promiseOfRow(value));
    }
    if (this.promised.epoch > promisedBefore) this.fenceAt(this.promised.epoch, this.end);
    return { cut, added };
  }

  /** From now on nothing behind this place is taken in an earlier epoch. */
  fenceAt(epoch: number, end: Position): void {
    const known = this.#fences.find((fence) => fence.epoch === epoch);
    if (known === undefined) this.#fences.push({ epoch, end });
    else if (comparePositions(end, known.end) < 0) known.end = end;
  }

  /** The strictest of the fences that an epoch is behind; undefined: none. */
  fenceOf(epoch: number): Readonly<Fence> | undefined {
    const fences = this.#fences.filter((fence) => fence.epoch > epoch);
    return fences.sort((a, b) => comparePositions(a.end, b.end))[0];
  }

  /** After a crash: what is on the disk now. */
  reload(rows: readonly Row[]): void {
    const fences = this.#fences;
    this.records.splice(0);
    this.pending.clear();
    this.#at.clear();
    this.#names.clear();
    this.promised = { epoch: 0, to: '' };
    this.apply(rows);
    this.#fences = fences.filter(({ epoch }) => epoch <= this.promised.epoch);
  }

  #promise(promised: { readonly epoch: number; readonly to: string }): void {
    hold(
      promised.epoch >= this.promised.epoch,
      'PROMISE-DURABLE',
      () => `${this.node} promised ${this.promised.epoch}, and now ${promised.epoch}`,
    );
    hold(
      promised.epoch > this.promised.epoch || promised.to === this.promised.to,
      'PROMISE-DURABLE',
      () => `${this.node} promised ${promised.epoch} to ${this.promised.to}, and now to ${promised.to}`,
    );
    this.promised = promised;
  }

  #cut(changes: readonly Change[]): StoredRecord[] {
    const gone = changes.filter(({ key, value }) => value === undefined && kindOf(key) === 'log');
    const cut: StoredRecord[] = [];
    const places = new Set(gone.map(({ key }) => text(positionOfRow(key))));
    while (places.delete(text(this.end)) && this.records.length > 0) cut.push(this.#removeLast());
    for (const { chain } of cut) this.#cutChains.add(chain);
    hold(places.size === 0, 'SEQ-DENSE', () => `${this.node} took ${[...places].join(' ')} out of its log`);
    return cut;
  }

  #add(position: Position, frame: Buffer): StoredRecord {
    const { end } = this;
    const follows =
      position.n === 0 ? position.sequence === end.sequence + 1 : isControlBehind(position, end);
    hold(follows, 'SEQ-DENSE', () => `${this.node} put ${text(position)} behind ${text(end)}`);
    const record = { position, epoch: epochOfFrame(frame), chain: chainOfFrame(frame), frame };
    this.#at.set(text(position), this.records.push(record) - 1);
    const name = nameOf(record);
    if (name !== undefined) this.#name(name, `L${text(position)}`);
    return record;
  }

  #removeLast(): StoredRecord {
    const record = this.records.pop()!;
    this.#at.delete(text(record.position));
    const name = nameOf(record);
    if (name !== undefined) this.#names.get(name)?.delete(`L${text(record.position)}`);
    return record;
  }

  #setPending(arrival: number, frame: Buffer | undefined): void {
    const before = this.pending.get(arrival);
    if (before !== undefined) this.#names.get(keyOfFrame(before))?.delete(`P${arrival}`);
    if (frame === undefined) return void this.pending.delete(arrival);
    this.pending.set(arrival, frame);
    this.#name(keyOfFrame(frame), `P${arrival}`);
  }

  #name(key: string, place: string): void {
    const places = this.#names.get(key);
    if (places === undefined) this.#names.set(key, new Set([place]));
    else places.add(place);
  }
}

function isControlBehind(position: Position, end: Position): boolean {
  return position.sequence === end.sequence && position.n === end.n + 1;
}

function nameOf({ frame }: StoredRecord): string | undefined {
  return isEntryFrame(frame) ? keyOfFrame(frame) : receiptOfFrame(frame)?.key;
}

export function text({ sequence, n }: Position): string {
  return `${sequence}.${n}`;
}
