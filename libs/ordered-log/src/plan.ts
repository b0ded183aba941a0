import { identityOf } from '@hooklog/object-id';
import type { Change } from './database';
import type { Candidate, Entry, Origin } from './entry';
import type { Content } from './frame/content';
import { chainOf, encodeFrame, encodePendingFrame, type RawRecord } from './frame/frame';
import type { EpochRecord, LogRecord, Receipt, Writer } from './frame/record';
import { rowsOfEntry, rowsOfRecord } from './index-rows';
import { callerMetaKey, epochKey, logKey, pendingKey } from './keys';
import { type Found, knownOf } from './lookup';
import { ARRIVED_ROW, CLEAN_STOP_ROW, encodeArrived, encodePosition, PROMISED_ROW } from './marks';
import { encodeU64 } from './index-rows';
import { controlAfter, entryAfter, type Position } from './position';
import { firstOf, isSameEvent, type Known, type Match, type Offer } from './same-event';
import type { LogState } from './state';

/**
 * One batch in the making: what the log will be, and the rows that make it so. Nothing of it is seen by
 * anybody until the batch is durable; a plan that fails to be written is thrown away.
 */
export class Plan {
  readonly log: Change[] = [];
  readonly index: Change[] = [];
  #state: LogState;
  readonly #decided = new Decided();

  constructor(
    private readonly before: LogState,
    readonly self: Writer,
    private readonly windowMs: number,
  ) {
    this.#state = before;
  }

  get state(): LogState {
    return this.#state;
  }

  /** The entry that this offer is a copy of, in the store or earlier in this batch. */
  find({ entry }: Offer, found: Found, which: 'any' | 'logged'): Known | undefined {
    const stored = found.matches.map((match) => this.#decided.under(match.key) ?? match);
    const matches = [...stored, ...this.#decided.like(entry)].filter(
      (match) =>
        (which === 'any' || match.known.sequence !== null) && isSameEvent(entry, match, this.windowMs),
    );
    return firstOf(entry, matches);
  }

  /** Whether a receipt of this origin was already made in this batch. */
  hasReceipt(origin: Origin): boolean {
    return this.#decided.hasReceipt(origin);
  }

  /** Takes a client's entry: gives it its arrival. */
  arrive(candidate: Candidate): Entry {
    const arrival = this.#state.arrival + 1;
    const receivedAt = Math.max(this.#state.receivedAt, candidate.receivedAt);
    this.#state = { ...this.#state, arrival, receivedAt };
    return { ...candidate, origin: { ...this.self, arrival } };
  }

  /** The log names this arrival of this store: it is not given again. */
  passArrival(arrival: number): void {
    if (arrival > this.#state.arrival) this.#state = { ...this.#state, arrival };
  }

  addPending(entry: Entry): void {
    const { arrival } = entry.origin;
    this.log.push({ key: pendingKey(arrival), value: encodePendingFrame(entry, arrival) });
    this.index.push(...rowsOfEntry(entry, { at: 'pending', arrival }));
    this.#state = { ...this.#state, pending: this.#state.pending + 1 };
    this.#decided.add(knownOf(entry, null));
  }

  /** The log names this arrival now. */
  dropPending(arrival: number): void {
    this.log.push({ key: pendingKey(arrival) });
    this.#state = { ...this.#state, pending: this.#state.pending - 1 };
  }

  /** Gives the entry the next sequence, and returns it. */
  addEntry(entry: Entry): number {
    return this.#seal({ type: 'entry', epoch: this.#state.epoch, entry }).sequence;
  }

  addReceipt(receipt: Receipt, known: Known): void {
    this.#seal({ type: 'receipt', epoch: this.#state.epoch, receipt });
    this.#decided.addReceipt(receipt, known);
  }

  /** This store becomes the writer. */
  addEpoch(epoch: number): void {
    this.#seal({ type: 'epoch', epoch, writer: this.self });
    this.#state = { ...this.#state, leading: true };
  }

  /** A record that another writer sealed, with its bytes as they are. */
  addRecord(record: LogRecord, raw: RawRecord): void {
    this.log.push({ key: logKey(raw.position), value: raw.frame });
    this.index.push(...rowsOfRecord(record));
    this.#state = { ...this.#state, position: raw.position, chain: chainOf(raw.frame), epoch: record.epoch };
    if (record.type === 'entry') this.#decided.add(knownOf(record.entry, record.position.sequence));
    if (record.type === 'epoch') this.#beginEpoch(record);
  }

  /** From now on no writer of a lower epoch is listened to. */
  promise(epoch: number): void {
    if (epoch <= this.#state.promised) return;
    this.log.push({ key: PROMISED_ROW, value: encodeU64(epoch) });
    this.#state = { ...this.#state, promised: epoch };
  }

  /** Of the caller; without value the row goes away. */
  setMeta(name: string, value?: Buffer): void {
    this.log.push({ key: callerMetaKey(name), ...(value && { value }) });
  }

  /** The rows that every batch needs, once its content is known. `receivedAt`: the last time that was given out. */
  finish(receivedAt: number): void {
    if (this.log.length === 0) return;
    if (this.before.cleanStop) this.log.push({ key: CLEAN_STOP_ROW });
    this.#state = { ...this.#state, cleanStop: false };
    if (this.#state.arrival === this.before.arrival) return;
    this.#state = { ...this.#state, receivedAt: Math.max(receivedAt, this.#state.receivedAt) };
    this.log.push({ key: ARRIVED_ROW, value: encodeArrived(this.#state) });
  }

  #seal(content: Content): Position {
    const { position: last, chain } = this.#state;
    const position = content.type === 'entry' ? entryAfter(last) : controlAfter(last);
    const frame = encodeFrame(content, position, chain);
    this.addRecord({ ...content, position }, { position, frame });
    return position;
  }

  #beginEpoch({ epoch, position, writer }: EpochRecord): void {
    const value = Buffer.concat([
      encodePosition(position),
      Buffer.from(writer.store, 'hex'),
      Buffer.from(writer.node),
    ]);
    this.log.push({ key: epochKey(epoch), value });
    this.promise(epoch);
  }
}

/** What this batch has decided so far, found as the index would find it. */
class Decided {
  readonly #byKey = new Map<string, Match>();
  readonly #byIdentity = new Map<string, Match[]>();
  readonly #receipts = new Set<string>();

  add(known: Known): void {
    const match = { key: known.key, known };
    this.#byKey.set(text(known.key), match);
    const identity = text(identityOf(known.key));
    const alike = this.#byIdentity.get(identity);
    if (alike === undefined) this.#byIdentity.set(identity, [match]);
    else alike.push(match);
  }

  addReceipt({ key, origin, sameKey }: Receipt, known: Known): void {
    this.#receipts.add(originText(origin));
    if (!sameKey) this.#byKey.set(text(key), { key, known });
  }

  under(key: Buffer): Match | undefined {
    return this.#byKey.get(text(key));
  }

  like({ key }: Candidate): Match[] {
    const named = this.#byKey.get(text(key));
    const alike = this.#byIdentity.get(text(identityOf(key))) ?? [];
    return named === undefined ? alike : [named, ...alike];
  }

  hasReceipt(origin: Origin): boolean {
    return this.#receipts.has(originText(origin));
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function originText({ store, arrival }: Origin): string {
  return `${store} ${arrival}`;
}
