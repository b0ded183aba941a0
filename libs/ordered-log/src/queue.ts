import type { Job } from './jobs/job';
import { LogError } from './log-error';
import type { LogLimits } from './limits';

/** A job with whoever waits for its answer. */
export interface Queued {
  readonly job: Job<unknown>;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** What was taken and is not yet answered, first come first served. */
export class Queue {
  #waiting: Queued[] = [];
  #bytes = 0;
  #entries = 0;

  constructor(private readonly limits: LogLimits) {}

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws LogError OVERLOADED when a client's entry finds the queue full */
  admit(job: Job<unknown>): void {
    const bytes = this.#bytes + job.bytes;
    const entries = this.#entries + job.entries;
    if (this.#entries === 0) return;
    if (bytes <= this.limits.queueBytesMax && entries <= this.limits.queueEntriesMax) return;
    throw new LogError(
      'OVERLOADED',
      `${this.#entries} entries of ${this.#bytes} bytes wait for the disk: try again later`,
    );
  }

  push(queued: Queued): void {
    this.#waiting.push(queued);
    this.#bytes += queued.job.bytes;
    this.#entries += queued.job.entries;
  }

  /** The next batch: at least one job. */
  take(): Queued[] {
    let bytes = 0;
    let entries = 0;
    let movesEnd = 0;
    const fits = this.#waiting.findIndex(({ job }) => {
      bytes += job.bytes;
      entries += job.entries;
      movesEnd += job.movesEnd ? 1 : 0;
      const full = bytes > this.limits.batchBytesMax || entries > this.limits.batchEntriesMax;
      return full || movesEnd > 1 || job.alone === true;
    });
    return this.#waiting.splice(0, fits < 0 ? this.#waiting.length : Math.max(1, fits));
  }

  takeAll(): Queued[] {
    return this.#waiting.splice(0);
  }

  /** They were answered, one way or the other: their room is free. */
  release(batch: readonly Queued[]): void {
    for (const { job } of batch) {
      this.#bytes -= job.bytes;
      this.#entries -= job.entries;
    }
  }
}
