import type { OrderedLog } from '@hooklog/ordered-log';

/** Knows when the log was last fsynced. */
export class CommitWatch {
  #lastAt: number | null = null;

  private constructor(
    private readonly log: OrderedLog,
    private readonly now: () => number,
  ) {}

  /** Watches until the signal aborts. */
  static start(log: OrderedLog, now: () => number, stop: AbortSignal): CommitWatch {
    const watch = new CommitWatch(log, now);
    // a log that was closed has no more commits
    watch.#run(stop).catch(() => undefined);
    return watch;
  }

  /** ms since the epoch; null: nothing was written since the start */
  get lastAt(): number | null {
    return this.#lastAt;
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.log.changed(stop);
      if (!stop.aborted) this.#lastAt = this.now();
    }
  }
}
