import { frameBytesOf, sizeOrError, takenBytesOf } from './batches/admission';
import { RepairJob } from './damage/repair';
import type { Candidate, Entry } from './entry';
import { NOBODY } from './epoch';
import { decodePendingFrame, type PendingRecord, type RawRecord } from './frame/frame';
import type { Member } from './frame/record';
import { type Appended, AppendJob } from './jobs/append';
import { AppendAllJob } from './jobs/append-all';
import { type Cut, CutJob } from './jobs/cut';
import { EpochJob } from './jobs/epoch';
import type { Job } from './jobs/job';
import { MembersJob } from './jobs/members';
import { MetaJob } from './jobs/meta';
import { PromiseJob } from './jobs/promise';
import { type ReplicaBatch, ReplicaJob, type Tail } from './jobs/replica';
import { type Checkpoint, type PageResult, SequenceJob } from './jobs/sequence';
import { LogError, storeFailed } from './log-error';
import { assertMembers, assertOptions, type OrderedLogOptions } from './options';
import { comparePositions, type Position, START } from './position';
import { LogReader } from './reading/log-reader';
import { isCorruption } from './rows/database';
import { corrupt } from './rows/log-rows';
import { markCleanStop, openStore, reopenStore } from './store';

/**
 * Entries in one order, durable before they are answered, each event once. One writer gives sequences
 * (`lead`); on every other node entries wait as pending until the writer's records name them.
 * All methods throw LogError; `CLOSED` after `close`, `STORE_FAILED` when the disk does not take or give.
 */
export class OrderedLog extends LogReader {
  #recovering: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Opens the databases if they are not, proves the log, and brings the index up to it.
   * @throws LogError DAMAGED, FORMAT_UNKNOWN; what a database throws when it cannot be opened
   */
  static async open(options: OrderedLogOptions): Promise<OrderedLog> {
    assertOptions(options);
    try {
      return new OrderedLog(options, await openStore(options));
    } catch (error) {
      throw isCorruption(error) ? corrupt(START, error) : error;
    }
  }

  /**
   * Makes this node the writer: an epoch record, above every epoch seen or in the one that was promised to this
   * store, then all that is pending here gets its place. Returns the epoch. Calling it again begins another epoch.
   * @throws LogError STALE_EPOCH when the promise does not stand any longer, INCOMPLETE
   */
  async lead(promised?: number): Promise<number> {
    const epoch = await this.#submit(() => new EpochJob(promised));
    let after = 0;
    for (;;) {
      const page = await this.pending(after);
      if (page.length === 0) return epoch;
      after = page.at(-1)!.arrival;
      const entries = page.map(({ frame, arrival }) => decodePendingFrame(frame, arrival));
      await this.#submit(() => new SequenceJob(entries, bytesOf(page), { ownPending: true }));
    }
  }

  /**
   * From now on no writer of a lower epoch is listened to, this one included; only the store `to` may begin it.
   * Resolves, durable, with the end that the log then has.
   * @throws LogError STALE_EPOCH when as much was promised to another, INCOMPLETE
   */
  async promise(epoch: number, to: string = NOBODY): Promise<Tail> {
    return this.#submit(() => new PromiseJob(epoch, to));
  }

  /**
   * On the writer of this epoch: names the members. Resolves with the place of the record.
   * @throws LogError NOT_LEADING
   */
  async nameMembers(members: readonly Member[], epoch: number): Promise<Position> {
    assertMembers(members);
    return this.#submit(() => new MembersJob(members, epoch));
  }

  /** A majority of the members has everything up to here. On the disk with the rows of a later batch. */
  commit(position: Position): void {
    this.writing.commit(position);
  }

  /**
   * On a follower: takes all records behind a place away. Their entries are pending again, and `rollback/…` meta
   * rows, lines of JSON, name what moved.
   * @throws LogError DIVERGED below the commit, STALE_EPOCH, LEADING: nothing was changed
   */
  async cut(cut: Cut): Promise<void> {
    const { rows, index, limits } = this;
    const state = () => this.writing.state;
    const options = { rows, index, limits, state, committed: () => this.writing.committed };
    while (comparePositions(await this.#submit(() => new CutJob(cut, options)), cut.after) > 0);
  }

  /**
   * The time (ms) to note for an entry that is received at `now`: never before one that was given earlier,
   * also over restarts.
   */
  receivedAt(now: number): number {
    return this.clock.read(now);
  }

  /**
   * The only write of a client's entry; resolves when it is durable.
   * @throws LogError ENTRY_TOO_LARGE, OVERLOADED: nothing was stored; STORE_FAILED: a retry is safe
   */
  append(candidate: Candidate): Promise<Appended> {
    return this.#submit(() => {
      const bytes = frameBytesOf(candidate, this.node, this.limits.entryBytesMax);
      return new AppendJob(candidate, bytes);
    }, 'limited');
  }

  /**
   * The same for several, in this order. One that is ENTRY_TOO_LARGE is answered by that error in its place, and the
   * others are stored.
   */
  async appendAll(candidates: readonly Candidate[]): Promise<(Appended | LogError)[]> {
    const sizes = candidates.map((candidate) => sizeOrError(candidate, this.node, this.limits.entryBytesMax));
    const stored = candidates.filter((_, i) => typeof sizes[i] === 'number');
    const bytes = sizes.reduce<number>((sum, size) => sum + (typeof size === 'number' ? size : 0), 0);
    const answers =
      stored.length === 0 ? [] : await this.#submit(() => new AppendAllJob(stored, bytes), 'limited');
    let next = 0;
    return sizes.map((size) => (typeof size === 'number' ? answers[next++]! : size));
  }

  /**
   * On the writer: a page of entries that other stores took, in one batch with the checkpoint behind it.
   * Idempotent. Copies of what the log has become receipts.
   * @throws LogError NOT_LEADING
   */
  async appendCollected(page: {
    readonly entries: readonly Entry[];
    readonly checkpoint?: Checkpoint;
  }): Promise<PageResult> {
    const sizes = page.entries.map(takenBytesOf);
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const checkpoint = page.checkpoint && { checkpoint: page.checkpoint };
    return this.#submit(() => new SequenceJob(page.entries, total, { ...checkpoint, ownPending: false }));
  }

  /**
   * On a follower: records of the writer behind `previous`. Idempotent. Resolves with the new end, durable.
   * @throws LogError STALE_EPOCH, GAP (with our end), DIVERGED (with the last common place if it is known), DAMAGED_FRAME, LEADING: nothing was stored
   */
  async appendReplica(batch: ReplicaBatch): Promise<Tail> {
    return this.#submit(() => new ReplicaJob(batch, this.rows, this.store, () => this.writing.state));
  }

  /**
   * Puts a peer's record in the place of one that is damaged or missing here, if it stands between its neighbours:
   * from the front, since it has to continue a whole one.
   * @throws LogError DAMAGED_FRAME: nothing was changed
   */
  async repair(record: RawRecord): Promise<void> {
    return this.#submit(() => new RepairJob(record, this.rows, this.store));
  }

  /** Durable when it resolves. */
  async writeMeta(name: string, value: Buffer): Promise<void> {
    return this.#submit(() => new MetaJob(name, value));
  }

  async deleteMeta(name: string): Promise<void> {
    return this.#submit(() => new MetaJob(name));
  }

  /**
   * After a write error: opens both databases anew and takes what they hold. What a failed batch had stored
   * all the same is then part of the log.
   * @throws LogError STORE_FAILED while the disk refuses, DAMAGED when answered entries are gone
   */
  async recover(): Promise<void> {
    this.gate.pass();
    if (!this.writing.failed) return;
    this.#recovering ??= this.#recover().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  /** Finishes what was taken, marks the clean stop, closes both databases. */
  close(): Promise<void> {
    this.gate.close();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Rejects where it refuses. Not async: each append would cost some microtasks more. */
  #submit<Answer>(jobOf: () => Job<Answer>, admission: 'always' | 'limited' = 'always'): Promise<Answer> {
    try {
      const job = jobOf();
      this.gate.pass();
      if (this.writing.failed) return this.#submitRecovered(job, admission);
      return this.writing.submit(job, admission);
    } catch (error) {
      const refusal = error as Error;
      return Promise.reject(refusal);
    }
  }

  async #submitRecovered<Answer>(job: Job<Answer>, admission: 'always' | 'limited'): Promise<Answer> {
    await this.recover();
    this.gate.pass();
    return this.writing.submit(job, admission);
  }

  async #recover(): Promise<void> {
    await this.writing.idle();
    try {
      const { state, failure } = this.writing;
      const reopened = await reopenStore(this.options, state, failure);
      this.index.resume(reopened.index);
      this.writing.resume(reopened.state);
    } catch (error) {
      if (error instanceof LogError) throw error;
      throw isCorruption(error) ? corrupt(this.tail.position, error) : storeFailed(error);
    }
    this.commits.notify();
  }

  async #close(): Promise<void> {
    await this.#recovering?.catch(() => undefined);
    await this.writing.idle();
    await this.writing.indexed().catch(() => undefined);
    try {
      const { failed, state, committed } = this.writing;
      if (!failed) await markCleanStop(this.options, state, { receivedAt: this.clock.lastGiven, committed });
    } finally {
      this.commits.notify();
      await this.options.index.close();
      await this.options.log.close();
    }
  }
}

function bytesOf(page: readonly PendingRecord[]): number {
  return page.reduce((sum, { frame }) => sum + frame.length, 0);
}
