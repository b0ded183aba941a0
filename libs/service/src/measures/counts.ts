/** Label values that come when there is no room for further ones are counted under this one. */
const OTHER = 'other';
const SERIES_MAX = 256;
const SEPARATOR = '\0';

/** One value for each label, in the order of their names. */
type Values<Names extends readonly string[]> = { readonly [At in keyof Names]: string };

export interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * What happened so often, by labels. Counting is an addition; reading is for whoever asks. However many values the
 * labels have, there is room for so many of their combinations only: what comes later is `other`.
 */
export class Counts<Names extends readonly string[]> {
  readonly #slots = new Map<string, number>();
  readonly #labels: Record<string, string>[] = [];
  readonly #counts: Float64Array;

  constructor(
    readonly labelNames: Names,
    private readonly seriesMax = SERIES_MAX,
  ) {
    this.#counts = new Float64Array(seriesMax + 1);
  }

  /** Where these labels are counted: for whoever counts them often. */
  slot(...values: Values<Names>): number {
    const key = values.join(SEPARATOR);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    if (this.#slots.size >= this.seriesMax) return this.#other();
    return this.#open(key, values);
  }

  add(slot: number, by = 1): void {
    this.#counts[slot]! += by;
  }

  count(...values: Values<Names>): void {
    this.add(this.slot(...values));
  }

  /** In the order in which they first came. */
  read(): Counted[] {
    return this.#labels.map((labels, slot) => ({ labels, value: this.#counts[slot]! }));
  }

  /** Room is left for it. */
  #other(): number {
    const values = this.labelNames.map(() => OTHER);
    const key = values.join(SEPARATOR);
    return this.#slots.get(key) ?? this.#open(key, values);
  }

  #open(key: string, values: readonly string[]): number {
    const slot = this.#labels.length;
    this.#slots.set(key, slot);
    this.#labels.push(Object.fromEntries(this.labelNames.map((name, at) => [name, values[at]!])));
    return slot;
  }
}
