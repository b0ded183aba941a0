import { IndexWriter } from '../derived/index-writer';
import type { Job } from '../jobs/job';
import { storeFailed } from '../log-error';
import type { LogObserver, WrittenBatch } from '../observer';
import type { Position } from '../position';
import type { Commits } from '../reading/commits';
import type { RecentRecords } from '../reading/recent-records';
import { RowBatch } from '../rows/database';
import type { LogState } from '../state';
import type { Ahead, Planned } from './ahead';
import { Committed } from './committed';
import type { Commit, Plan } from './plan';
import { Planner, type PlannerOptions } from './planner';
import { Queue, type Queued } from './queue';

export interface WriterOptions extends PlannerOptions {
  readonly commits: Commits;
  readonly recent: RecentRecords;
  readonly observer: LogObserver | undefined;
  /** as in the options of the log */
  readonly turn: (() => Promise<unknown>) | undefined;
  /** as in the options of the log */
  readonly idle: (() => Promise<unknown>) | undefined;
}

/**
 * The only one who writes. One batch at a time: while it is being synced the next one gathers, and is planned as far
 * as it can be. Nobody is answered, and nothing that is seen changes, before the batch is durable.
 */
export class Writer {
  #state: LogState;
  #failure: unknown;
  #running: Promise<void> | undefined;
  #resting: Promise<void> | undefined;
  /** Those that are being planned or written; empty: none are. */
  #batch: readonly Queued[] = [];
  /** What is planned behind the batch that is being written. */
  #ahead: Ahead | undefined;
  /** They wait for the batch that was being planned or written when they asked. */
  #settling: (() => void)[] = [];
  readonly #committed: Committed;
  readonly #planner: Planner;
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
    this.#committed = new Committed(committed, options.rows.pending);
    this.#behind = this.#indexWriter();
    this.#planner = new Planner(options);
    this.#queue = new Queue(options.limits, options.turn);
  }

  get state(): LogState {
    return this.#state;
  }

  /** No record up to here is ever cut. */
  get committed(): Position {
    return this.#committed.position;
  }

  commit(position: Position): void {
    this.#committed.advance(position, this.#state.position);
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
      const queued: Queued = { job, resolve: (answer) => resolve(answer as Answer), reject };
      this.#queue.count(job);
      const isAhead = this.#queue.isEmpty && this.#ahead?.take(queued) === true;
      if (!isAhead) this.#queue.push(queued);
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
    if (this.#batch.length > 0) await new Promise<void>((resolve) => this.#settling.push(resolve));
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
    this.#committed.cut(state.position);
    this.options.recent.clear();
    this.#behind = this.#indexWriter();
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (!this.#queue.isEmpty) {
      if (this.#unanswered.length === 0) await this.#queue.gathered();
      this.#batch = this.#queue.take();
      try {
        await this.#writeAll(await this.#planned(this.#batch));
      } catch (error) {
        this.#fail(error);
      }
      if (this.#queue.isEmpty) this.#answer();
    }
    this.#running = undefined;
    this.#resting ??= this.#rest();
  }

  /** If the disk loses the end of the log at a crash, only the index tells that there was more. */
  async #rest(): Promise<void> {
    await this.options.idle?.();
    this.#resting = undefined;
    if (this.#running === undefined) void this.#behind.written();
  }

  async #planned(batch: readonly Queued[]): Promise<Planned> {
    if (this.failed) throw this.#failure;
    await (batch.some(({ job }) => job.readsIndex) ? this.#behind.written() : this.#behind.roomy());
    const { position: committed } = this.#committed;
    const planned = await this.#planner.plan(batch, this.#state, this.#behind);
    this.#planner.finish(planned, await this.#committed.newsOf(this.#state, committed));
    return planned;
  }

  /** Writes a batch, and then what was planned behind it meanwhile, as long as there is something. */
  async #writeAll(first: Planned): Promise<void> {
    let writing = this.#write(first);
    for (let planned = first; ;) {
      this.#answer();
      this.#ahead = this.#planner.ahead(planned, (error) => this.stop(error));
      await writing;
      const next = this.#closeAhead();
      const isReady = next !== undefined && this.#canFollow(planned);
      // the disk is busy again before anything else is done
      if (isReady) writing = this.#writeBehind(next, this.#committed.newsWithoutLook(planned.plan.state));
      this.#settle(planned);
      this.#ahead = undefined;
      if (next === undefined) return;
      this.#batch = next.batch;
      if (this.failed) throw this.#failure;
      if (!isReady) writing = this.#writeBehind(next, await this.#roomyNews());
      planned = next;
    }
  }

  /** Whoever comes from now on waits for the batch behind; undefined: nobody came. */
  #closeAhead(): Ahead | undefined {
    this.#ahead?.close();
    return this.#ahead?.batch.length === 0 ? undefined : this.#ahead;
  }

  /** Whether what is planned behind a batch that is durable can be written without a look at the disk. */
  #canFollow({ plan }: Planned): boolean {
    return !this.failed && this.#behind.isRoomy && !this.#committed.mayExpire(plan.state);
  }

  async #roomyNews(): Promise<Commit | undefined> {
    await this.#behind.roomy();
    return this.#committed.newsOf(this.#state);
  }

  #writeBehind(ahead: Ahead, news: Commit | undefined): Promise<void> {
    this.#planner.finish(ahead, news);
    return this.#write(ahead);
  }

  /** Resolves when the batch is durable. */
  async #write({ plan, batch, handed }: Planned): Promise<void> {
    const { rows, observer } = this.options;
    if (plan.log.length === 0) return;
    observer?.writing();
    await (handed ?? new RowBatch(rows.database)).write(plan.log, true);
    observer?.written(sizeOf(batch));
    if (plan.commit !== undefined) this.#committed.noted(plan.commit);
  }

  /** The batch is durable: it is part of the state, and its answers can be given. */
  #settle({ batch, plan, answers }: Planned): void {
    const { observer } = this.options;
    if (plan.log.length > 0) this.#advance(plan);
    if (observer !== undefined) for (const rule of plan.duplicates) observer.duplicate(rule);
    this.#unanswered = answers;
    this.#queue.release(batch);
    this.#batch = [];
    this.#tellSettled();
  }

  #advance(plan: Plan): void {
    const { commits, recent } = this.options;
    const wasCut = plan.state.cuts !== this.#state.cuts;
    if (wasCut) recent.clear();
    else recent.add(plan.records, this.#state.position);
    this.#state = plan.state;
    if (wasCut) this.#committed.cut(plan.state.position);
    if (plan.index.length > 0 || !this.#committed.isIndexed || wasCut) this.#tellIndex(plan);
    // one of before the cut would not be believed
    if (wasCut) void this.#behind.written();
    commits.notify();
  }

  #tellSettled(): void {
    for (const settled of this.#settling.splice(0)) settled();
  }

  #answer(): void {
    const answers = this.#unanswered;
    this.#unanswered = [];
    for (const answer of answers) answer();
  }

  #tellIndex({ index, state }: Plan): void {
    this.#behind.add(index, state, this.#committed.index());
  }

  #indexWriter(): IndexWriter {
    return new IndexWriter(this.options.index, (error) => (this.#failure ??= error));
  }

  /** A write error leaves the write-ahead file of LevelDB in doubt: nothing more, queued or not, until it was opened anew. */
  #fail(error: unknown): void {
    this.#answer();
    this.#failure ??= error;
    const failed = [...this.#batch, ...(this.#ahead?.batch ?? [])];
    for (const queued of failed) queued.reject(storeFailed(error));
    this.#queue.release(failed);
    this.#ahead = undefined;
    this.#batch = [];
    this.#tellSettled();
  }
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
