import { type Candidate, type Entry, entryOf, type Origin } from '../entry';
import { clusterOf } from '../frame/chain';
import { chainOf, encodeFrame, encodePendingFrame, type RawRecord } from '../frame/frame';
import type { LogRecord, Member, Receipt, Writer } from '../frame/record';
import { NOTED_EVERY } from '../limits';
import type { DuplicateRule } from '../observer';
import { comparePositions, controlAfter, entryAfter, type Position, START } from '../position';
import type { Change } from '../rows/database';
import { encodeU64, rowsOfEnded, rowsOfEntry, rowsOfRecord } from '../rows/index-rows';
import { callerMetaKey, epochKey, logKey, membersKey, pendingKey, retiredKey } from '../rows/keys';
import {
  ARRIVED_ROW,
  CLEAN_STOP_ROW,
  COMMITTED_ROW,
  CUTS_ROW,
  encodeArrived,
  encodeBeginning,
  encodePosition,
  encodePromise,
  encodeRetired,
  INCOMPLETE_ROW,
  PROMISED_ROW,
} from '../rows/marks';
import { copyOf, incompleteUpTo, type LogState, NO_CLUSTER } from '../state';
import { Decided } from './decided';
import { type Found, knownOf } from './lookup';
import { firstOf, isSameEvent, type Known, type Offer } from './same-event';

const NO_VALUE: Buffer = Buffer.alloc(0);

/** News of what is never cut. */
export interface Commit {
  readonly position: Position;
  /** Places up to there whose receipts ended pending entries. */
  readonly expired: readonly Position[];
}

/** What is different when the log ends somewhere else. */
export type LogEnd = Pick<LogState, 'position' | 'chain' | 'epoch' | 'writer' | 'members' | 'membersAt'>;

/**
 * One batch in the making: what the log will be, and the rows that make it so. Nothing of it is seen by
 * anybody until the batch is durable; a plan that fails to be written is thrown away.
 */
export class Plan {
  readonly log: Change[] = [];
  readonly index: Change[] = [];
  /** New at the end of the log. */
  readonly records: RawRecord[] = [];
  /** what was offered and is there already */
  readonly duplicates: DuplicateRule[] = [];
  /** of this plan alone, until it is the state of the log */
  readonly #state: ReturnType<typeof copyOf>;
  readonly #decided = new Decided();
  /** What no record tells changed with the arrivals. */
  #isUntold = false;
  /** What of the log is noted to be committed by this batch; undefined: nothing new. */
  commit: Commit | undefined;

  constructor(
    private readonly before: LogState,
    readonly self: Writer,
    private readonly windowMs: number,
  ) {
    this.#state = copyOf(before);
  }

  get state(): LogState {
    return this.#state;
  }

  /** The entry that this offer is a copy of, in the store or earlier in this batch. */
  find({ entry }: Offer, found: Found, which: 'any' | 'logged'): Known | undefined {
    const decided = this.#decided.like(entry);
    if (found.matches.length === 0 && decided.length === 0) return undefined;
    const stored = found.matches.map((match) => this.#decided.under(match.key) ?? match);
    const matches = [...stored, ...decided].filter(
      (match) =>
        (which === 'any' || match.known.sequence !== null) && isSameEvent(entry, match, this.windowMs),
    );
    return firstOf(entry, matches);
  }

  /** Whether this batch has decided about something that an entry may be a copy of. */
  hasLike(candidate: Candidate): boolean {
    return this.#decided.like(candidate).length > 0;
  }

  /** Whether a receipt of this origin was already made in this batch. */
  hasReceipt(origin: Origin): boolean {
    return this.#decided.hasReceipt(origin);
  }

  /** Takes a client's entry: gives it its arrival. */
  arrive(candidate: Candidate): Entry {
    const arrival = this.#state.arrival + 1;
    const receivedAt = Math.max(this.#state.receivedAt, candidate.receivedAt);
    this.#state.arrival = arrival;
    this.#state.receivedAt = receivedAt;
    const { node, store } = this.self;
    return entryOf(candidate, { node, store, arrival });
  }

  /** The log names this arrival of this store: it is not given again. */
  passArrival(arrival: number): void {
    if (arrival <= this.#state.arrival) return;
    this.#state.arrival = arrival;
    this.#isUntold = true;
  }

  addPending(entry: Entry): void {
    this.#putPending(entry);
    this.index.push(...rowsOfEntry(entry, { at: 'pending', arrival: entry.origin.arrival }));
    this.#decided.add(knownOf(entry, null));
  }

  /**
   * An entry that leaves the log is pending again, under an arrival of its own: whoever collects by arrival finds
   * it. It may be another store's, so this store's clock has nothing to do with its time. The caller says what the
   * index has of it.
   */
  bringBack(entry: Entry): Entry {
    const arrival = this.#state.arrival + 1;
    const pending = { ...entry, origin: { ...this.self, arrival } };
    this.#state.arrival = arrival;
    this.#putPending(pending);
    return pending;
  }

  /** The log names this arrival now. */
  dropPending(arrival: number): void {
    this.log.push({ key: pendingKey(arrival) });
    this.#state.pending -= 1;
  }

  /** The receipt at this place of the log ends a pending entry, which comes back if the place is cut. */
  retirePending(receipt: Receipt, position: Position, frame: Buffer): void {
    const { arrival } = receipt.origin;
    this.dropPending(arrival);
    this.index.push(...rowsOfEnded(receipt));
    this.log.push({ key: retiredKey(position), value: encodeRetired({ arrival, frame }) });
    this.#state.retired += 1;
  }

  /** These places of the log are committed, or cut. */
  dropRetired(positions: readonly Position[]): void {
    for (const position of positions) this.log.push({ key: retiredKey(position) });
    this.#state.retired -= positions.length;
  }

  /** Gives the entry the next sequence, and returns it. */
  addEntry(entry: Entry): number {
    const { epoch, position } = this.#state;
    return this.#seal({ type: 'entry', epoch, entry, position: entryAfter(position) }).sequence;
  }

  addReceipt(receipt: Receipt, known: Known): void {
    const { epoch, position } = this.#state;
    this.#seal({ type: 'receipt', epoch, receipt, position: controlAfter(position) });
    this.#decided.addReceipt(receipt, known);
  }

  addMembers(members: readonly Member[]): void {
    const { epoch, position } = this.#state;
    this.#seal({ type: 'members', epoch, members, position: controlAfter(position) });
  }

  /** This store becomes the writer. */
  addEpoch(epoch: number): void {
    this.#seal({ type: 'epoch', epoch, writer: this.self, position: controlAfter(this.#state.position) });
    this.#state.leading = true;
  }

  /** A record that another writer sealed, with its bytes as they are. */
  addRecord(record: LogRecord, raw: RawRecord): void {
    this.putRecord(record, raw);
    this.records.push(raw);
    const chain = chainOf(raw.frame);
    if (this.#state.cluster === NO_CLUSTER) this.#state.cluster = clusterOf(chain);
    this.#state.position = raw.position;
    this.#state.chain = chain;
    this.#state.epoch = record.epoch;
    if (record.type === 'entry') this.#decided.add(knownOf(record.entry, record.position.sequence));
    if (record.type === 'epoch') {
      this.promise(record.epoch, record.writer.store);
      this.#state.writer = record.writer;
    }
    if (record.type === 'members') {
      this.#state.members = record.members;
      this.#state.membersAt = record.position;
    }
  }

  /** The rows that a record has, wherever in the log it stands. */
  putRecord(record: LogRecord, { position, frame }: RawRecord): void {
    this.log.push({ key: logKey(position), value: frame });
    this.index.push(...rowsOfRecord(record));
    if (record.type === 'epoch')
      this.log.push({ key: epochKey(record.epoch), value: encodeBeginning(position, record.writer) });
    if (record.type === 'members') this.log.push({ key: membersKey(position), value: NO_VALUE });
  }

  /** From now on no writer of a lower epoch is listened to, and only this store may begin this one. */
  promise(epoch: number, to: string): void {
    if (epoch <= this.#state.promised) return;
    this.log.push({ key: PROMISED_ROW, value: encodePromise(epoch, to) });
    this.#state.promised = epoch;
    this.#state.promisedTo = to;
  }

  /** This store is the writer no longer. */
  follow(): void {
    this.#state.leading = false;
  }

  /** Takes a record from the end of the log, the last one first. */
  cutRecord(position: Position, record: LogRecord | undefined): void {
    this.log.push({ key: logKey(position) });
    if (record?.type === 'epoch') this.log.push({ key: epochKey(record.epoch) });
    if (record?.type === 'members') this.log.push({ key: membersKey(position) });
  }

  /** From now on no index is believed that was written before. */
  countCut(): void {
    const cuts = this.#state.cuts + 1;
    this.log.push({ key: CUTS_ROW, value: encodeU64(cuts) });
    this.#state.cuts = cuts;
  }

  /** The end of the log is there now. */
  cutTo(end: LogEnd): void {
    Object.assign(this.#state, end);
    if (comparePositions(end.position, START) === 0) this.#state.cluster = NO_CLUSTER;
  }

  /** Of the caller; without value the row goes away. */
  setMeta(name: string, value?: Buffer): void {
    this.log.push({ key: callerMetaKey(name), ...(value && { value }) });
  }

  /** The rows that every batch needs, once its content is known. `receivedAt`: the last time that was given out. */
  finish(receivedAt: number, commit: Commit | undefined): void {
    if (this.log.length === 0) return;
    this.commit = commit;
    if (commit !== undefined) this.#commit(commit);
    if (this.before.cleanStop) this.log.push({ key: CLEAN_STOP_ROW });
    this.#state.cleanStop = false;
    if (this.#isUntold || this.#isArrivedDue()) this.#noteArrived(receivedAt);
  }

  /** The entries of the writer tell themselves when they were received: it notes arrivals long before they are given. */
  #isArrivedDue(): boolean {
    const { arrival, arrived, position } = this.#state;
    if (arrival === this.before.arrival) return false;
    return arrival > arrived.arrival || position.sequence - (arrived.sequence ?? 0) >= NOTED_EVERY;
  }

  #noteArrived(lastReceivedAt: number): void {
    const { arrival, arrived, leading, position } = this.#state;
    const receivedAt = Math.max(lastReceivedAt, this.#state.receivedAt);
    const given = leading ? arrival + NOTED_EVERY : arrival;
    this.#state.receivedAt = receivedAt;
    this.#state.arrived = {
      arrival: Math.max(given, arrived.arrival),
      receivedAt,
      sequence: position.sequence,
    };
    this.log.push({ key: ARRIVED_ROW, value: encodeArrived(this.#state.arrived) });
  }

  #putPending(entry: Entry): void {
    const { arrival } = entry.origin;
    this.log.push({ key: pendingKey(arrival), value: encodePendingFrame(entry, arrival) });
    this.#state.pending += 1;
    this.#isUntold = true;
  }

  /** What was kept in case that records are cut is not needed for those that never are. */
  #commit({ position, expired }: Commit): void {
    this.log.push({ key: COMMITTED_ROW, value: encodePosition(position) });
    this.dropRetired(expired);
    const { lostUpTo, membersAt } = this.#state;
    if (lostUpTo === undefined || comparePositions(membersAt, position) > 0) return;
    if (incompleteUpTo(this.#state, this.self.store) !== undefined) return;
    this.log.push({ key: INCOMPLETE_ROW });
    this.#state.lostUpTo = undefined;
  }

  #seal(record: LogRecord): Position {
    const { position } = record;
    this.addRecord(record, { position, frame: encodeFrame(record, position, this.#state.chain) });
    return position;
  }
}
