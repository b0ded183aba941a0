import type { Job } from '../jobs/job';
import type { LogLimits } from '../limits';
import { LogError } from '../log-error';

/** A job with whoever waits for its answer. */
export interface Queued {
  readonly job: Job<unknown>;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** Turns of the event loop that a batch waits for more at most. */
const TURNS_MAX = 4;

/** What was taken and is not yet answered, first come first served. */
export class Queue {
  #waiting: Queued[] = [];
  #bytes = 0;
  #entries = 0;

  /** @param turn resolves after a turn of the event loop; none: what is there when the disk is free goes at once */
  constructor(
    private readonly limits: LogLimits,
    private readonly turn?: () => Promise<unknown>,
  ) {}

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

  /** It counts as taken until it is released. */
  count({ bytes, entries }: Job<unknown>): void {
    this.#bytes += bytes;
    this.#entries += entries;
  }

  /** Behind all that wait. */
  push(queued: Queued): void {
    this.#waiting.push(queued);
  }

  /**
   * Resolves when a turn of the event loop has brought nothing more. Clients that are answered together come together
   * again: without this the first of them alone is a batch, and all others wait until that is on the disk. What another
   * node sends is a batch already.
   */
  async gathered(): Promise<void> {
    if (this.turn === undefined) return;
    for (let turns = 0; turns < TURNS_MAX && !this.#isBatch; turns++) {
      const before = this.#waiting.length;
      await this.turn();
      if (this.#waiting.length === before) return;
    }
  }

  get #isBatch(): boolean {
    const { batchBytesMax, batchEntriesMax } = this.limits;
    const isFull = this.#bytes >= batchBytesMax || this.#entries >= batchEntriesMax;
    return isFull || this.#waiting.some(({ job }) => job.movesEnd);
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

  /** They were answered, one way or the other: their room is free. */
  release(batch: readonly Queued[]): void {
    for (const { job } of batch) {
      this.#bytes -= job.bytes;
      this.#entries -= job.entries;
    }
  }
}
