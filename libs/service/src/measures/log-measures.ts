import type { DuplicateRule, LogObserver, WrittenBatch } from '@hooklog/ordered-log';
import { Counts } from './counts';
import { BYTES, ENTRIES, Histogram, SECONDS } from './histogram';

/** What a log writes, how long its fsyncs take, and when the last one was over. */
export class LogMeasures implements LogObserver {
  readonly fsyncs = new Histogram(SECONDS);
  readonly batchEntries = new Histogram(ENTRIES);
  readonly batchBytes = new Histogram(BYTES);
  readonly duplicates = new Counts(['rule']);
  #startedAt = 0;
  #lastFsyncAt: number | null = null;

  /** @param now ms since the epoch */
  constructor(private readonly now: () => number) {}

  /** ms since the epoch; null: nothing was written since the start */
  get lastFsyncAt(): number | null {
    return this.#lastFsyncAt;
  }

  writing(): void {
    this.#startedAt = performance.now();
  }

  written({ entries, bytes }: WrittenBatch): void {
    this.fsyncs.observe((performance.now() - this.#startedAt) / 1000);
    this.batchEntries.observe(entries);
    this.batchBytes.observe(bytes);
    this.#lastFsyncAt = this.now();
  }

  duplicate(rule: DuplicateRule): void {
    this.duplicates.count(rule);
  }
}
