/** Upper bounds (seconds) of what takes from tens of microseconds to tens of seconds. */
export const SECONDS: readonly number[] = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
  10,
];
/** Of entries in a batch. */
export const ENTRIES: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
/** Of bytes in a batch. */
export const BYTES: readonly number[] = [
  256,
  1_024,
  4_096,
  16_384,
  65_536,
  262_144,
  1 << 20,
  1 << 22,
  1 << 24,
];

export interface HistogramReading {
  /** for each bound how many were at most that */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly count: number;
  readonly sum: number;
}

/** How what was observed is spread. Cheap to fill: a search among few bounds, and two additions. */
export class Histogram {
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds ascending, each inclusive */
  constructor(private readonly bounds: readonly number[]) {
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at += 1;
    this.#counts[at]! += 1;
    this.#sum += value;
  }

  read(): HistogramReading {
    let count = 0;
    const buckets = this.bounds.map((bound, at) => [bound, (count += this.#counts[at]!)] as const);
    return { buckets, count: count + this.#counts[this.bounds.length]!, sum: this.#sum };
  }
}
