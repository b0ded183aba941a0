import type { Candidate } from '../entry';
import type { LogLimits } from '../limits';
import { LogError } from '../log-error';
import { type Database, RowBatch } from '../rows/database';
import { type Found, NOTHING_FOUND } from './lookup';
import type { Plan } from './plan';
import type { Queued } from './queue';

/** A batch of which all is decided, and what its jobs are answered once it is durable. */
export interface Planned {
  readonly batch: readonly Queued[];
  readonly plan: Plan;
  readonly answers: readonly (() => void)[];
  /** What the database has of the plan's rows already; undefined: nothing. */
  readonly handed?: RowBatch | undefined;
}

export interface AheadOptions {
  readonly limits: LogLimits;
  /** false: no entry of the batches before `before` is a copy of this one */
  readonly mayKnow: (candidate: Candidate) => boolean;
  /** of the batch that is planned */
  readonly plan: Plan;
  /** gets the rows of the plan */
  readonly database: Database;
  /** Hears why the plan, or what the database has of it, may be half of what it should be: it must not be written. */
  readonly failed: (error: unknown) => void;
}

/**
 * The batch behind one that is being written, planned job by job as they come, so that the disk has it as soon as it
 * is free: the database has its rows by then. It is only for what needs no look at the disk: clients' entries that
 * nothing in the log is like.
 */
export class Ahead implements Planned {
  readonly batch: Queued[] = [];
  readonly answers: (() => void)[] = [];
  #isClosed = false;
  #bytes = 0;
  #entries = 0;
  #handed: RowBatch | undefined;

  /** @param before is being written, and has nothing but clients' entries */
  constructor(
    private readonly before: Plan,
    private readonly options: AheadOptions,
  ) {}

  get plan(): Plan {
    return this.options.plan;
  }

  get handed(): RowBatch | undefined {
    return this.#handed;
  }

  /** false: this job, and whatever comes behind it, waits until the batch before is part of the state. */
  take(queued: Queued): boolean {
    const { job } = queued;
    if (this.#isClosed || job.ahead !== true || !this.#hasRoom(queued)) return false;
    if (job.offers.some(({ entry }) => this.before.hasLike(entry) || this.options.mayKnow(entry)))
      return false;
    this.#bytes += job.bytes;
    this.#entries += job.entries;
    this.batch.push(queued);
    this.answers.push(this.#applied(queued));
    return true;
  }

  /** All that it will ever be is in the plan. */
  close(): void {
    this.#isClosed = true;
  }

  #applied(queued: Queued): () => void {
    const nothing = queued.job.offers.map(() => NOTHING_FOUND);
    try {
      const answer = applied(queued, this.plan, nothing);
      this.#handOver();
      return answer;
    } catch (error) {
      this.options.failed(error);
      return () => undefined;
    }
  }

  /** One that was begun is written: nothing is begun for jobs that were all refused. */
  #handOver(): void {
    const { log } = this.plan;
    if (log.length === 0) return;
    this.#handed ??= new RowBatch(this.options.database);
    this.#handed.take(log);
  }

  #hasRoom({ job }: Queued): boolean {
    const { batchBytesMax, batchEntriesMax } = this.options.limits;
    if (this.batch.length === 0) return true;
    return this.#bytes + job.bytes <= batchBytesMax && this.#entries + job.entries <= batchEntriesMax;
  }
}

/** Returns what gives the answer. A job that is refused leaves the plan as it was. */
export function applied(queued: Queued, plan: Plan, found: readonly Found[]): () => void {
  try {
    const answer = queued.job.apply(plan, found);
    return () => queued.resolve(answer);
  } catch (error) {
    return refused(queued, error);
  }
}

/** A job that is refused is told so at once: nothing is left to be answered. */
export function refused(queued: Queued, error: unknown): () => void {
  if (!(error instanceof LogError)) throw error;
  queued.reject(error);
  return () => undefined;
}
