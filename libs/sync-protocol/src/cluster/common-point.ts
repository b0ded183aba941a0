/**
 * Finds the last entry that two logs have in common, by asking about one place at a time: logs that are equal at a
 * place are equal before it, so half of what is left falls away with each answer.
 */
export class CommonPoint {
  /** equal there; 0: the start */
  private low = 0;

  /** @param high a sequence where the logs differ, or that one of them lacks */
  constructor(private high: number) {}

  /** Sequence to ask about; undefined: it is found. */
  get next(): number | undefined {
    return this.high - this.low > 1 ? Math.floor((this.low + this.high) / 2) : undefined;
  }

  /** Sequence of the last common entry, once `next` is undefined. */
  get found(): number {
    return this.low;
  }

  onAnswer(sequence: number, equal: boolean): void {
    if (equal) this.low = Math.max(this.low, sequence);
    else this.high = Math.min(this.high, sequence);
  }
}
