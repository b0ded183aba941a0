import type { Digest, EntryKey, EntryKind, ObjectId } from '@hooklog/object-id';
import { Writer } from '../batches/writer';
import type { Damage } from '../damage/learn';
import { type Scrubbed, scrubPage } from '../damage/scrub';
import type { DerivedIndex } from '../derived/derived-index';
import type { StoredEntry } from '../entry';
import type { Fingerprints } from '../fingerprints/fingerprint-index';
import { chainOf, type PendingRecord, type RawRecord } from '../frame/frame';
import type { Member, Writer as EpochWriter } from '../frame/record';
import type { Tail } from '../jobs/replica';
import { DEDUP_WINDOW_SECONDS, DEFAULT_LIMITS, type LogLimits } from '../limits';
import { LogError, storeFailed } from '../log-error';
import type { OrderedLogOptions, PendingPage, ReceivedRange, RecordsPage, SecondsRange } from '../options';
import type { Position } from '../position';
import { ReceiptClock } from '../receipt-clock';
import type { PageLimits } from '../rows/database';
import { callerMetaKey, callerMetaRange, metaNameOf } from '../rows/keys';
import { corrupt, decodeOwn, LogRows } from '../rows/log-rows';
import { incompleteUpTo } from '../state';
import type { OpenedStore } from '../store';
import { Commits } from './commits';
import { Gate } from './gate';
import { Reads, type ReadsOptions } from './reads';
import { RecentRecords } from './recent-records';
import { type VerifiedFingerprints, verifyFingerprints } from './verify';

/** All of a log that changes nothing: what it is, and what it has. */
export class LogReader {
  /** Store id: made once per empty disk. */
  readonly store: string;
  /** What was found damaged, and given up, when this log was opened to learn anew; undefined: nothing. */
  readonly damage: Damage | undefined;
  protected readonly rows: LogRows;
  protected readonly index: DerivedIndex;
  protected readonly limits: LogLimits;
  protected readonly commits = new Commits();
  protected readonly writing: Writer;
  protected readonly gate = new Gate((error) => this.corrupted(error));
  protected readonly clock: ReceiptClock;
  readonly #reads: Reads;
  readonly #readsOptions: ReadsOptions;
  readonly #recentRecords = new RecentRecords();

  protected constructor(
    protected readonly options: OrderedLogOptions,
    { store, state, committed, damage, index }: OpenedStore,
  ) {
    this.store = store;
    this.damage = damage;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.rows = new LogRows(options.log);
    this.index = index;
    this.clock = new ReceiptClock(state.receivedAt);
    this.writing = new Writer(state, committed, {
      rows: this.rows,
      index: this.index,
      self: { node: options.node, store },
      windowMs: (options.dedupWindowSeconds ?? DEDUP_WINDOW_SECONDS) * 1000,
      limits: this.limits,
      commits: this.commits,
      recent: this.#recentRecords,
      lastReceivedAt: () => this.clock.lastGiven,
      observer: options.observer,
      turn: options.turn,
      idle: options.idle,
    });
    this.#readsOptions = {
      rows: this.rows,
      index: this.index,
      limits: this.limits,
      state: () => this.writing.state,
      ready: async () => {
        this.gate.pass();
        await this.writing.indexed();
      },
      settled: () => this.#settled(),
    };
    this.#reads = new Reads(this.#readsOptions);
  }

  get node(): string {
    return this.options.node;
  }

  get tail(): Tail {
    const { position, chain, epoch } = this.writing.state;
    return { position, chain, epoch };
  }

  /** 16 hex digits: equal in all logs that began as one; `NO_CLUSTER` while there is no record. */
  get cluster(): string {
    return this.writing.state.cluster;
  }

  get leading(): boolean {
    return this.writing.state.leading;
  }

  /** As the last members record of the log names them; none before the first. */
  get members(): readonly Member[] {
    return this.writing.state.members;
  }

  /** Where that record stands. */
  get membersAt(): Position {
    return this.writing.state.membersAt;
  }

  /** Who began the epoch of the last record. */
  get writer(): EpochWriter | undefined {
    return this.writing.state.writer;
  }

  /** The epoch below which no writer is listened to, and the store that may begin it. */
  get promised(): { readonly epoch: number; readonly to: string } {
    const { promised, promisedTo } = this.writing.state;
    return { epoch: promised, to: promisedTo };
  }

  /** Set while this store lacks something that it had up to there: it does not vote, lead or count. */
  get incompleteUpTo(): Position | undefined {
    return incompleteUpTo(this.writing.state, this.store);
  }

  /** No record up to here is ever cut. */
  get committed(): Position {
    return this.writing.committed;
  }

  /** Entries of this store that the log does not name yet. */
  get pendingEntries(): number {
    return this.writing.state.pending;
  }

  /**
   * Keys of all entries, in the log or pending, as peers compare them: what was answered is in it. Ask for it anew
   * in each turn.
   */
  get fingerprints(): Fingerprints {
    return this.index.fingerprints;
  }

  /** `failed` after a write error, until `recover` succeeded. */
  get health(): 'ok' | 'failed' {
    return this.writing.failed ? 'failed' : 'ok';
  }

  /** Records behind a place: at least one if there is one. */
  async records(after: Position, page: RecordsPage = {}): Promise<RawRecord[]> {
    const limits = this.#pageLimits(page.bytesMax, page.recordsMax);
    return this.gate.read(async () => {
      const recent = this.#recent?.page(after, this.writing.state.position, limits);
      return recent ?? this.#reads.records(after, limits);
    });
  }

  /** undefined where the log has no record; 16 zero bytes at START. */
  async chainAt(position: Position): Promise<Buffer | undefined> {
    return this.gate.read(async () => {
      const recent = this.#recent?.at(position);
      return recent ? chainOf(recent.frame) : this.#reads.chainAt(position);
    });
  }

  /** Of the record at a place; undefined where the log has none. */
  async epochAt(position: Position): Promise<number | undefined> {
    const record = await this.gate.read(() => this.rows.record(position));
    return record && decodeOwn(record).epoch;
  }

  /** Place of the record that began an epoch of this log. */
  async beginningOf(epoch: number): Promise<Position | undefined> {
    return this.gate.read(() => this.rows.beginningOf(epoch));
  }

  /** As the last members record that is committed names them. */
  async committedMembers(): Promise<readonly Member[]> {
    const { sequence, n } = this.committed;
    const record = await this.gate.read(() => this.rows.membersBefore({ sequence, n: n + 1 }));
    return record?.members ?? [];
  }

  /** Looks at a page of stored records behind a place as they are. Damage is told, not thrown. */
  async scrub(after: Position, page: RecordsPage = {}): Promise<Scrubbed> {
    const limits = this.#pageLimits(page.bytesMax, page.recordsMax);
    for (;;) {
      const { position, cuts } = this.writing.state;
      const scrubbed = await this.gate.read(() => scrubPage(this.rows, after, position, limits));
      if (scrubbed.damaged.length === 0) return scrubbed;
      await this.#settled();
      if (this.writing.state.cuts === cuts) return scrubbed;
    }
  }

  /** Pending frames of this store behind an arrival, in arrival order: at least one if there is one. */
  async pending(afterArrival: number, page: PendingPage = {}): Promise<PendingRecord[]> {
    const limits = this.#pageLimits(page.bytesMax, page.entriesMax);
    return this.gate.read(() => this.#reads.pending(afterArrival, limits));
  }

  /** By sequence, up to the end that the log has when this is called. */
  entries(
    after: number,
    options: { readonly limit?: number } = {},
  ): AsyncIterable<StoredEntry & { readonly sequence: number }> {
    return this.gate.walk(() => this.#reads.entries(after, options.limit ?? Infinity));
  }

  /** Log and pending entries by key, that is by time: received in [from, to) ms, behind the key `after`. */
  received({ from, to, after, limit }: ReceivedRange): AsyncIterable<StoredEntry> {
    return this.gate.walk(() => this.#reads.received(from, to, after), limit);
  }

  /** Keys of [fromSeconds, toSeconds) in their order, without reading entries. `pending`: the log has it not yet. */
  keys(range: SecondsRange): AsyncIterable<{ readonly key: EntryKey; readonly pending: boolean }> {
    return this.gate.walk(() => this.#reads.keys(range.fromSeconds, range.toSeconds));
  }

  /** Entries whose key, or another key that was answered for them, starts with the prefix; each once. */
  async find(prefix: ObjectId | EntryKey): Promise<StoredEntry[]> {
    return this.gate.read(() => this.#reads.find(prefix));
  }

  /** `kind`: only such an entry; equal bytes may be there as a webhook and as a message. */
  async findDigest(digest: Digest, kind?: EntryKind): Promise<StoredEntry | undefined> {
    return this.gate.read(() => this.#reads.findDigest(digest, kind));
  }

  /** Entries with this body that have an event id, in the order of their receipt. */
  eventsWithBody(digest: Digest, limit: number): AsyncIterable<StoredEntry> {
    return this.gate.walk(() => this.#reads.eventsWithBody(digest), limit);
  }

  /**
   * false: no entry that was answered has this body, in the log or pending. It needs no look at the disk, but the bodies
   * of all entries with an event id in memory, 2 to 4 bytes each: they are read when this is first asked, while others
   * write, and until then the answer is always true.
   */
  mayHaveBody(digest: Digest): boolean {
    this.gate.pass();
    if (!this.index.followsBodies) this.#learnBodies();
    return this.index.mayHaveBody(digest);
  }

  /**
   * Keys of entries with an event id whose identity begins with these bytes, in the order of their identities: the first
   * 1 to 1024. Their entries are not read.
   */
  async eventKeys(identityPrefix: Buffer, limit: number): Promise<EntryKey[]> {
    return this.gate.read(() => this.#reads.eventKeys(identityPrefix, limit));
  }

  /**
   * false: no entry that was answered has an identity that begins with these bytes, in the log or pending. It needs no
   * look at the disk, and is known from the start on.
   * @param identityPrefix 8 bytes at least
   */
  mayHaveEvent(identityPrefix: Buffer): boolean {
    this.gate.pass();
    return this.index.mayHaveIdentity(identityPrefix);
  }

  /**
   * Whether the fingerprints are those of the entries. Reads the whole log and all that is pending, page by page
   * while others write, and has a second index in memory meanwhile. Starts over when the log is cut.
   * @throws LogError DAMAGED where an entry cannot be read; the reason of the signal
   */
  async verifyFingerprints(signal?: AbortSignal): Promise<VerifiedFingerprints> {
    const options = { ...this.#readsOptions, reads: this.#reads };
    return this.gate.read(() => verifyFingerprints(options, signal));
  }

  async readMeta(name: string): Promise<Buffer | undefined> {
    return this.gate.read(() => this.rows.database.get(callerMetaKey(name)));
  }

  async metaNames(prefix: string): Promise<string[]> {
    const keys = await this.gate.read(() => this.rows.database.keys(callerMetaRange(prefix)).all());
    return keys.map(metaNameOf);
  }

  /**
   * Resolves at the next batch, at close, or when the signal aborts. Ask before reading, wait after it:
   * what comes in between is then not slept through.
   */
  async changed(signal?: AbortSignal): Promise<void> {
    this.gate.pass();
    return this.commits.next(signal);
  }

  /** undefined: they may be no longer what the log is. */
  get #recent(): RecentRecords | undefined {
    return this.writing.failed || this.writing.cutting ? undefined : this.#recentRecords;
  }

  /** Pages hold at least one row. */
  #pageLimits(bytesMax: number | undefined, rowsMax: number | undefined): PageLimits {
    const { pageBytesMax, pageEntriesMax } = this.limits;
    return { bytesMax: bytesMax ?? pageBytesMax, rowsMax: Math.max(1, rowsMax ?? pageEntriesMax) };
  }

  /** An index that cannot be read is told to whoever has to look into it for want of this; the next one asked tries again. */
  #learnBodies(): void {
    const learned = this.gate.read(() => this.index.learnBodies(() => this.writing.indexed()));
    learned.catch((error: unknown) => {
      if (!(error instanceof LogError)) throw error;
    });
  }

  /** A corrupt index is built anew by the next `recover`, which also tells whether it is the log that is corrupt. */
  protected corrupted(error: unknown): LogError {
    if (this.options.resetIndex === undefined) return corrupt(this.tail.position, error);
    this.writing.stop(error);
    return storeFailed(error);
  }

  /** After a write error nobody knows what was stored. */
  async #settled(): Promise<void> {
    await this.writing.settled();
    if (this.writing.failed) throw storeFailed(this.writing.failure);
  }
}
