import type { Commits } from './commits';
import { writeBatch } from './database';
import type { DerivedIndex } from './derived-index';
import type { Writer as Self } from './frame/record';
import { IndexWriter } from './index-writer';
import type { Job } from './jobs/job';
import { type LogLimits, NOTED_EVERY } from './limits';
import { LogError, storeFailed } from './log-error';
import type { LogRows } from './log-rows';
import { type Found, Lookup } from './lookup';
import type { LogObserver, WrittenBatch } from './observer';
import { type Commit, Plan } from './plan';
import { comparePositions, type Position, START } from './position';
import { Queue, type Queued } from './queue';
import type { RecentRecords } from './recent-records';
import type { LogState } from './state';

export interface WriterOptions {
  readonly rows: LogRows;
  readonly index: DerivedIndex;
  readonly self: Self;
  readonly windowMs: number;
  readonly limits: LogLimits;
  readonly commits: Commits;
  readonly recent: RecentRecords;
  /** The last receipt time that was given out (ms). */
  readonly lastReceivedAt: () => number;
  readonly observer: LogObserver | undefined;
  /** as in the options of the log */
  readonly turn: (() => Promise<unknown>) | undefined;
}

/** Ended pending entries that one batch forgets. */
const EXPIRED_MAX = 256;

/**
 * The only one who writes. One batch at a time: while it is being synced the next one gathers. Nobody is
 * answered, and nothing in memory changes, before the batch is durable.
 */
export class Writer {
  #state: LogState;
  #failure: unknown;
  #running: Promise<void> | undefined;
  #batch: readonly Queued[] = [];
  #settled: Promise<unknown> = Promise.resolve();
  #committed: Position;
  /** What the log itself has noted of that; the index behind it knows more. */
  #committedNoted: Position;
  #committedTold: Position;
  /** Up to there nothing is kept any longer in case that it is cut. */
  #expired: Position = START;
  #behind: IndexWriter;
  /** To those whose batch is durable: they are given while the disk has the next one, if there is a next one. */
  #unanswered: readonly (() => void)[] = [];
  readonly #queue: Queue;

  constructor(
    state: LogState,
    committed: Position,
    private readonly options: WriterOptions,
  ) {
    this.#state = state;
    this.#committed = committed;
    this.#committedNoted = committed;
    this.#committedTold = committed;
    this.#behind = this.#indexWriter();
    this.#queue = new Queue(options.limits, options.turn);
  }

  get state(): LogState {
    return this.#state;
  }

  /** No record up to here is ever cut. */
  get committed(): Position {
    return this.#committed;
  }

  /** Noted behind the next batch: what is forgotten at a crash is learned again. */
  commit(position: Position): void {
    const { position: end } = this.#state;
    const known = comparePositions(position, end) < 0 ? position : end;
    if (comparePositions(known, this.#committed) > 0) this.#committed = known;
  }

  /** Why nothing is written any longer; undefined: all is well. */
  get failure(): unknown {
    return this.#failure;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the batch that is being written takes records from the end of the log. */
  get cutting(): boolean {
    return this.#batch.some(({ job }) => job.alone);
  }

  /** @throws LogError OVERLOADED, of a client's entry only */
  submit<Answer>(job: Job<Answer>, admission: 'always' | 'limited'): Promise<Answer> {
    if (admission === 'limited') this.#queue.admit(job);
    return new Promise<Answer>((resolve, reject) => {
      this.#queue.push({ job, resolve: (answer) => resolve(answer as Answer), reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is queued or being written. */
  async idle(): Promise<void> {
    await this.#running;
    // that it failed is known by then, and is told to whoever writes next
    await this.#behind.written().catch(() => undefined);
  }

  /** Resolves when the batch that is being written is part of the state, or is not. */
  async settled(): Promise<void> {
    await this.#settled;
  }

  /** Resolves when the index knows every entry that was answered. */
  async indexed(): Promise<void> {
    try {
      await this.#behind.written();
    } catch (error) {
      throw storeFailed(error);
    }
  }

  /** Nothing more until the store was opened anew. */
  stop(failure: unknown): void {
    this.#failure ??= failure;
  }

  /** After the store was opened anew: what it really holds. */
  resume(state: LogState): void {
    this.#state = state;
    this.#failure = undefined;
    this.options.recent.clear();
    this.#behind = this.#indexWriter();
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (!this.#queue.isEmpty) {
      if (this.#unanswered.length === 0) await this.#queue.gathered();
      this.#batch = this.#queue.take();
      this.#settled = this.#write(this.#batch).catch((error: unknown) => this.#fail(error));
      await this.#settled;
      this.#queue.release(this.#batch);
      this.#batch = [];
      if (this.#queue.isEmpty) this.#answer();
    }
    this.#running = undefined;
  }

  async #write(batch: readonly Queued[]): Promise<void> {
    const { observer } = this.options;
    if (this.failed) throw this.#failure;
    await (batch.some(({ job }) => job.readsIndex) ? this.#behind.written() : this.#behind.roomy());
    const committed = this.#committed;
    const plan = new Plan(this.#state, this.options.self, this.options.windowMs);
    const found = await this.#findAll(batch);
    const answers = await this.#apply(batch, plan, found);
    const commit = await this.#news(committed);
    plan.finish(this.options.lastReceivedAt(), commit);
    if (plan.log.length > 0) await this.#store(plan, commit, batch);
    if (observer !== undefined) for (const rule of plan.duplicates) observer.duplicate(rule);
    this.#answer();
    this.#unanswered = answers;
  }

  async #findAll(batch: readonly Queued[]): Promise<Found[]> {
    const { index, rows, windowMs } = this.options;
    return new Lookup(index, this.#behind, rows, windowMs).findAll(batch.flatMap(({ job }) => job.offers));
  }

  /** A job that is refused leaves the plan as it was, and the others go on. */
  async #apply(batch: readonly Queued[], plan: Plan, found: Found[]): Promise<(() => void)[]> {
    const unprepared = await prepareAll(batch);
    let next = 0;
    return batch.map((queued) => {
      const { job } = queued;
      const own = found.slice(next, (next += job.offers.length));
      try {
        if (unprepared.has(queued)) throw unprepared.get(queued);
        for (const { damage } of own) if (damage !== undefined) throw damage;
        const answer = job.apply(plan, own);
        return () => queued.resolve(answer);
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        queued.reject(error);
        return () => undefined;
      }
    });
  }

  /** What is committed and due to be noted in the log: with every batch it would cost more than the batch. */
  async #news(position: Position): Promise<Commit | undefined> {
    if (comparePositions(position, this.#expired) <= 0) return undefined;
    const { pending } = this.options.rows;
    const expired = this.#state.retired > 0 ? await pending.retiredUpTo(position, EXPIRED_MAX) : [];
    if (expired.length === 0) this.#expired = position;
    if (expired.length > 0) return { position, expired };
    const { sequence } = this.#committedNoted;
    const isDue = this.#state.lostUpTo !== undefined || position.sequence - sequence >= NOTED_EVERY;
    return isDue && comparePositions(position, this.#committedNoted) > 0 ? { position, expired } : undefined;
  }

  async #store(plan: Plan, commit: Commit | undefined, batch: readonly Queued[]): Promise<void> {
    const { rows, commits, recent, observer } = this.options;
    observer?.writing();
    const writing = writeBatch(rows.database, plan.log, true);
    this.#answer();
    await writing;
    observer?.written(sizeOf(batch));
    const wasCut = plan.state.cuts !== this.#state.cuts;
    if (wasCut) recent.clear();
    else recent.add(plan.records, this.#state.position);
    this.#state = plan.state;
    if (commit !== undefined) this.#committedNoted = commit.position;
    // whoever told of a commit while the cut was written meant another log
    if (wasCut && comparePositions(this.#committed, plan.state.position) > 0)
      this.#committed = plan.state.position;
    const isNews = comparePositions(this.#committed, this.#committedTold) > 0;
    if (plan.index.length > 0 || isNews || wasCut) this.#tellIndex(plan);
    commits.notify();
  }

  #answer(): void {
    const answers = this.#unanswered;
    this.#unanswered = [];
    for (const answer of answers) answer();
  }

  #tellIndex({ index, state }: Plan): void {
    this.#committedTold = this.#committed;
    this.#behind.add(index, state, this.#committed);
  }

  #indexWriter(): IndexWriter {
    return new IndexWriter(this.options.index, (error) => (this.#failure ??= error));
  }

  /** A write error leaves the write-ahead file of LevelDB in doubt: nothing more until it was opened anew. */
  #fail(error: unknown): void {
    this.#answer();
    this.#failure ??= error;
    const failed = [...this.#batch, ...this.#queue.takeAll()];
    for (const queued of failed) queued.reject(storeFailed(error));
    this.#queue.release(failed.slice(this.#batch.length));
  }
}

/** Returns why jobs cannot be applied. Most have nothing to prepare. */
async function prepareAll(batch: readonly Queued[]): Promise<ReadonlyMap<Queued, unknown>> {
  const failed = new Map<Queued, unknown>();
  const note = (queued: Queued) => (error: unknown) => void failed.set(queued, error);
  const preparing = batch.flatMap((queued) => {
    const prepared = queued.job.prepare?.();
    return prepared === undefined ? [] : [prepared.catch(note(queued))];
  });
  await Promise.all(preparing);
  return failed;
}

function sizeOf(batch: readonly Queued[]): WrittenBatch {
  let entries = 0;
  let bytes = 0;
  for (const { job } of batch) {
    entries += job.entries;
    bytes += job.bytes;
  }
  return { entries, bytes };
}
