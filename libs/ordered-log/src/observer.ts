/**
 * Why an entry is a copy of one that is there. Of a client's: `key`, the same name; `event-id`; `body`, an equal one
 * within the window. `receipt`: another store had taken it, and the writer found its copy in the log.
 */
export type DuplicateRule = 'key' | 'event-id' | 'body' | 'receipt';

/** One batch that is durable. */
export interface WrittenBatch {
  /** entries that were offered, copies among them; whatever else is written counts as one */
  readonly entries: number;
  /** bytes of what was offered, as the queue counts them */
  readonly bytes: number;
}

/** Hears what a log writes, one batch at a time, between its writes: it must be quick, and must not throw. */
export interface LogObserver {
  /** A batch goes to the disk, with one fsync. */
  writing(): void;
  /** It is durable. */
  written(batch: WrittenBatch): void;
  /** An entry was a copy, and its answer is durable. */
  duplicate(rule: DuplicateRule): void;
}
