import type { Item } from './item-set';

/**
 * An id that the peer has in a range and this side has not: some entry with these 32 bytes and a timestamp of
 * [from, to] is missing here, perhaps several.
 */
export interface Missing {
  readonly id: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Items of which the peer has none, and ids that it has more of. */
export interface Found {
  readonly have: readonly Item[];
  readonly need: readonly Missing[];
}

/** What a session has found: each difference once, however often the messages tell it. */
export class Findings {
  #have: Item[] = [];
  #need: Missing[] = [];
  readonly #known = new Map<string, Missing[]>();
  #count = 0;

  constructor(private readonly differencesMax: number) {}

  /** Nothing more is taken. */
  get isFull(): boolean {
    return this.#count >= this.differencesMax;
  }

  /** Since the last call. */
  take(): Found {
    const found = { have: this.#have, need: this.#need };
    this.#have = [];
    this.#need = [];
    return found;
  }

  have({ timestamp, id }: Item): void {
    if (this.#isNews('+', { id, from: timestamp, to: timestamp })) this.#have.push({ timestamp, id });
  }

  need(missing: Missing): void {
    if (this.#isNews('-', missing)) this.#need.push({ ...missing, id: Buffer.from(missing.id) });
  }

  /** The ids that the peer has in a range, of timestamps [from, to], against the own items there. */
  compare(own: Iterable<Item>, theirs: readonly Buffer[], from: number, to: number): void {
    const left = new Map<string, number>();
    for (const id of theirs) left.set(text(id), (left.get(text(id)) ?? 0) + 1);
    for (const item of own) {
      if (this.isFull) return;
      const count = left.get(text(item.id)) ?? 0;
      if (count === 0) this.have(item);
      else left.set(text(item.id), count - 1);
    }
    for (const id of theirs) if (left.get(text(id)) !== 0) this.need({ id, from, to });
  }

  /** One id may be missing in several ranges; where they overlap it is told once. */
  #isNews(sign: '+' | '-', missing: Missing): boolean {
    if (this.isFull) return false;
    const name = sign + text(missing.id);
    const known = this.#known.get(name);
    if (known?.some(({ from, to }) => missing.from <= to && from <= missing.to)) return false;
    if (known === undefined) this.#known.set(name, [missing]);
    else known.push(missing);
    this.#count++;
    return true;
  }
}

function text(id: Buffer): string {
  return id.toString('latin1');
}
