import type { Digest, EntryKey, EntryKind, ObjectId } from '@hooklog/object-id';
import { frameBytesOf, takenBytesOf } from './admission';
import { Commits } from './commits';
import { isCorruption, type PageLimits } from './database';
import { DerivedIndex } from './derived-index';
import type { Candidate, Entry, StoredEntry } from './entry';
import { decodePendingFrame, type PendingRecord, type RawRecord } from './frame/frame';
import { Gate } from './gate';
import { type Appended, AppendJob } from './jobs/append';
import { EpochJob } from './jobs/epoch';
import type { Job } from './jobs/job';
import { MetaJob } from './jobs/meta';
import { type ReplicaBatch, ReplicaJob, type Tail } from './jobs/replica';
import { type Checkpoint, type PageResult, SequenceJob } from './jobs/sequence';
import { callerMetaKey, callerMetaRange, metaNameOf } from './keys';
import { DEDUP_WINDOW_SECONDS, DEFAULT_LIMITS, type LogLimits } from './limits';
import { LogError, storeFailed } from './log-error';
import { corrupt, LogRows } from './log-rows';
import {
  assertOptions,
  type OrderedLogOptions,
  type PendingPage,
  type ReceivedRange,
  type RecordsPage,
  type SecondsRange,
} from './options';
import { type Position, START } from './position';
import { ReceiptClock } from './receipt-clock';
import { Reads } from './reads';
import type { LogState } from './state';
import { markCleanStop, openStore, reopenStore } from './store';
import { Writer } from './writer';

/**
 * Entries in one order, durable before they are answered, each event once. One writer gives sequences
 * (`lead`); on every other node entries wait as pending until the writer's records name them.
 * All methods throw LogError; `CLOSED` after `close`, `STORE_FAILED` when the disk does not take or give.
 */
export class OrderedLog {
  readonly #rows: LogRows;
  readonly #index: DerivedIndex;
  readonly #limits: LogLimits;
  readonly #commits = new Commits();
  readonly #writer: Writer;
  readonly #reads: Reads;
  readonly #gate = new Gate((error) => this.#corrupted(error));
  readonly #clock: ReceiptClock;
  #recovering: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    private readonly options: OrderedLogOptions,
    /** Store id: made once per empty disk. */
    readonly store: string,
    state: LogState,
  ) {
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#rows = new LogRows(options.log);
    this.#index = new DerivedIndex(options.index);
    this.#clock = new ReceiptClock(state.receivedAt);
    this.#writer = new Writer(state, {
      rows: this.#rows,
      index: this.#index,
      self: { node: options.node, store },
      windowMs: (options.dedupWindowSeconds ?? DEDUP_WINDOW_SECONDS) * 1000,
      limits: this.#limits,
      commits: this.#commits,
      lastReceivedAt: () => this.#clock.lastGiven,
    });
    this.#reads = new Reads({
      rows: this.#rows,
      index: this.#index,
      limits: this.#limits,
      state: () => this.#writer.state,
      ready: async () => {
        this.#gate.pass();
        await this.#writer.indexed();
      },
    });
  }

  /**
   * Opens the databases if they are not, proves the log, and brings the index up to it.
   * @throws LogError DAMAGED, FORMAT_UNKNOWN; what a database throws when it cannot be opened
   */
  static async open(options: OrderedLogOptions): Promise<OrderedLog> {
    assertOptions(options);
    try {
      const { store, state } = await openStore(options);
      return new OrderedLog(options, store, state);
    } catch (error) {
      throw isCorruption(error) ? corrupt(START, error) : error;
    }
  }

  get node(): string {
    return this.options.node;
  }

  get tail(): Tail {
    const { position, chain, epoch } = this.#writer.state;
    return { position, chain, epoch };
  }

  get leading(): boolean {
    return this.#writer.state.leading;
  }

  /** Entries of this store that the log does not name yet. */
  get pendingEntries(): number {
    return this.#writer.state.pending;
  }

  /** `failed` after a write error, until `recover` succeeded. */
  get health(): 'ok' | 'failed' {
    return this.#writer.failed ? 'failed' : 'ok';
  }

  /**
   * Makes this node the writer: an epoch record above every epoch seen, then all that is pending here gets
   * its place. Returns the epoch. Calling it again begins another epoch.
   */
  async lead(): Promise<number> {
    const epoch = await this.#submit(new EpochJob());
    let after = 0;
    for (;;) {
      const page = await this.pending(after);
      if (page.length === 0) return epoch;
      after = page.at(-1)!.arrival;
      const entries = page.map(({ frame, arrival }) => decodePendingFrame(frame, arrival));
      await this.#submit(new SequenceJob(entries, bytesOf(page), { ownPending: true }));
    }
  }

  /**
   * The time (ms) to note for an entry that is received at `now`: never before one that was given earlier,
   * also over restarts. Append in the same turn: what lies between is unknown to `settledBefore`.
   */
  receivedAt(now: number): number {
    return this.#clock.read(now);
  }

  /** Time (ms) before which all that this store received is visible to reads; what comes later is at or after it. */
  settledBefore(now: number): number {
    return Math.min(this.receivedAt(now), this.#writer.unsettledFrom());
  }

  /**
   * The only write of a client's entry; resolves when it is durable.
   * @throws LogError ENTRY_TOO_LARGE, OVERLOADED: nothing was stored; STORE_FAILED: a retry is safe
   */
  async append(candidate: Candidate): Promise<Appended> {
    const bytes = frameBytesOf(candidate, this.node, this.#limits.entryBytesMax);
    return this.#submit(new AppendJob(candidate, bytes), 'limited');
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
    return this.#submit(new SequenceJob(page.entries, total, { ...checkpoint, ownPending: false }));
  }

  /**
   * On a follower: records of the writer behind `previous`. Idempotent. Resolves with the new end, durable.
   * @throws LogError STALE_EPOCH, GAP (with our end), DIVERGED, DAMAGED_FRAME, LEADING: nothing was stored
   */
  async appendReplica(batch: ReplicaBatch): Promise<Tail> {
    return this.#submit(new ReplicaJob(batch, this.#rows, this.store, () => this.#writer.state));
  }

  /** Records behind a place: at least one if there is one. */
  async records(after: Position, page: RecordsPage = {}): Promise<RawRecord[]> {
    const limits = this.#pageLimits(page.bytesMax, page.recordsMax);
    return this.#gate.read(() => this.#reads.records(after, limits));
  }

  /** undefined where the log has no record; 16 zero bytes at START. */
  async chainAt(position: Position): Promise<Buffer | undefined> {
    return this.#gate.read(() => this.#reads.chainAt(position));
  }

  /** Pending frames of this store behind an arrival, in arrival order: at least one if there is one. */
  async pending(afterArrival: number, page: PendingPage = {}): Promise<PendingRecord[]> {
    const limits = this.#pageLimits(page.bytesMax, page.entriesMax);
    return this.#gate.read(() => this.#reads.pending(afterArrival, limits));
  }

  /** By sequence, up to the end that the log has when this is called. */
  entries(
    after: number,
    options: { readonly limit?: number } = {},
  ): AsyncIterable<StoredEntry & { readonly sequence: number }> {
    return this.#gate.walk(() => this.#reads.entries(after, options.limit ?? Infinity));
  }

  /** Log and pending entries by key, that is by time: received in [from, to) ms, behind the key `after`. */
  received({ from, to, after, limit }: ReceivedRange): AsyncIterable<StoredEntry> {
    return this.#gate.walk(() => this.#reads.received(from, to, after), limit);
  }

  /** Keys of [fromSeconds, toSeconds) in their order, without reading entries. `pending`: the log has it not yet. */
  keys(range: SecondsRange): AsyncIterable<{ readonly key: EntryKey; readonly pending: boolean }> {
    return this.#gate.walk(() => this.#reads.keys(range.fromSeconds, range.toSeconds));
  }

  /** Entries whose key, or another key that was answered for them, starts with the prefix; each once. */
  async find(prefix: ObjectId | EntryKey): Promise<StoredEntry[]> {
    return this.#gate.read(() => this.#reads.find(prefix));
  }

  /** `kind`: only such an entry; equal bytes may be there as a webhook and as a message. */
  async findDigest(digest: Digest, kind?: EntryKind): Promise<StoredEntry | undefined> {
    return this.#gate.read(() => this.#reads.findDigest(digest, kind));
  }

  /**
   * Resolves at the next batch, at close, or when the signal aborts. Ask before reading, wait after it:
   * what comes in between is then not slept through.
   */
  async changed(signal?: AbortSignal): Promise<void> {
    this.#gate.pass();
    return this.#commits.next(signal);
  }

  async readMeta(name: string): Promise<Buffer | undefined> {
    return this.#gate.read(() => this.#rows.database.get(callerMetaKey(name)));
  }

  /** Durable when it resolves. */
  async writeMeta(name: string, value: Buffer): Promise<void> {
    return this.#submit(new MetaJob(name, value));
  }

  async deleteMeta(name: string): Promise<void> {
    return this.#submit(new MetaJob(name));
  }

  async metaNames(prefix: string): Promise<string[]> {
    const keys = await this.#gate.read(() => this.#rows.database.keys(callerMetaRange(prefix)).all());
    return keys.map(metaNameOf);
  }

  /**
   * After a write error: opens both databases anew and takes what they hold. What a failed batch had stored
   * all the same is then part of the log.
   * @throws LogError STORE_FAILED while the disk refuses, DAMAGED when answered entries are gone
   */
  async recover(): Promise<void> {
    this.#gate.pass();
    if (!this.#writer.failed) return;
    this.#recovering ??= this.#recover().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  /** Finishes what was taken, marks the clean stop, closes both databases. */
  close(): Promise<void> {
    this.#gate.close();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #submit<Answer>(job: Job<Answer>, admission: 'always' | 'limited' = 'always'): Promise<Answer> {
    this.#gate.pass();
    if (this.#writer.failed) {
      await this.recover();
      this.#gate.pass();
    }
    return this.#writer.submit(job, admission);
  }

  /** A corrupt index is built anew by the next `recover`, which also tells whether it is the log that is corrupt. */
  #corrupted(error: unknown): LogError {
    if (this.options.resetIndex === undefined) return corrupt(this.tail.position, error);
    this.#writer.stop(error);
    return storeFailed(error);
  }

  async #recover(): Promise<void> {
    await this.#writer.idle();
    try {
      const { state, failure } = this.#writer;
      this.#writer.resume(await reopenStore(this.options, state, failure));
    } catch (error) {
      if (error instanceof LogError) throw error;
      throw isCorruption(error) ? corrupt(this.tail.position, error) : storeFailed(error);
    }
    this.#commits.notify();
  }

  async #close(): Promise<void> {
    await this.#recovering?.catch(() => undefined);
    await this.#writer.idle();
    await this.#writer.indexed().catch(() => undefined);
    try {
      if (!this.#writer.failed) await markCleanStop(this.options, this.#writer.state, this.#clock.lastGiven);
    } finally {
      this.#commits.notify();
      await this.options.index.close();
      await this.options.log.close();
    }
  }

  /** Pages hold at least one row. */
  #pageLimits(bytesMax: number | undefined, rowsMax: number | undefined): PageLimits {
    const { pageBytesMax, pageEntriesMax } = this.#limits;
    return { bytesMax: bytesMax ?? pageBytesMax, rowsMax: Math.max(1, rowsMax ?? pageEntriesMax) };
  }
}

function bytesOf(page: readonly PendingRecord[]): number {
  return page.reduce((sum, { frame }) => sum + frame.length, 0);
}
