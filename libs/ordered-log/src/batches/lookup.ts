import type { EntryKey } from '@hooklog/object-id';
import type { DerivedIndex } from '../derived/derived-index';
import type { IndexWriter } from '../derived/index-writer';
import type { Entry, StoredEntry } from '../entry';
import { LogError } from '../log-error';
import type { Location } from '../rows/index-rows';
import type { LogRows } from '../rows/log-rows';
import type { Known, Match, Offer } from './same-event';

/** What the store knows about an offer before the batch that it is part of. */
export interface Found {
  readonly matches: readonly Match[];
  /** The sequence that a receipt of this very origin names, if the log has one. */
  readonly receiptOf: number | undefined;
  /** What it may be a copy of cannot be read: this offer fails, others do not. */
  readonly damage?: LogError;
}

export const NOTHING_FOUND: Found = { matches: [], receiptOf: undefined };

export function knownOf(entry: Entry, sequence: number | null): Known {
  const { key, digest, receivedAt, origin, eventId } = entry;
  return { key, digest, receivedAt, origin, hasEventId: eventId !== undefined, sequence };
}

/** Asks the index about all offers of a batch at once. Entries are read only for what may be a duplicate. */
export class Lookup {
  /** Per batch, so that 64 copies of one webhook read their first one once. */
  readonly #known = new Map<string, Promise<Known | undefined>>();

  constructor(
    private readonly index: DerivedIndex,
    private readonly behind: IndexWriter,
    private readonly rows: LogRows,
    private readonly windowMs: number,
  ) {}

  /** Most webhooks are new: the index is not asked about those. */
  async findAll(offers: readonly Offer[]): Promise<Found[]> {
    const known = offers.filter(({ entry }) => this.index.mayKnow(entry.key));
    if (known.length === 0) return offers.map(() => NOTHING_FOUND);
    const found = await this.#findKnown(known);
    let next = 0;
    return offers.map((offer) => (offer === known[next] ? found[next++]! : NOTHING_FOUND));
  }

  async #findKnown(offers: readonly Offer[]): Promise<Found[]> {
    await this.behind.written();
    const keys = await this.#keysOf(offers);
    const found = await Promise.all(keys.map((each) => this.#found(each)));
    const receipts = await this.#receipts(offers, found);
    return found.map((one, i) => ({ ...one, receiptOf: receipts[i] }));
  }

  /** Keys, of which each is that of an entry, or an alias of one, that may be the same event. */
  async #keysOf(offers: readonly Offer[]): Promise<EntryKey[][]> {
    const [locations, alike] = await Promise.all([
      this.index.locations(offers.map(({ entry }) => entry.key)),
      Promise.all(offers.map((offer) => this.#alike(offer))),
    ]);
    return offers.map(({ entry: { key } }, i) => {
      const others = alike[i]!.filter((each) => !each.equals(key));
      return locations[i] === undefined ? others : [key, ...others];
    });
  }

  /** Keys of entries with the same event id, or, without one, with the same body. */
  async #alike({ entry: { key, eventId, receivedAt } }: Offer): Promise<EntryKey[]> {
    if (eventId !== undefined) return this.index.sameEventId(key);
    return this.windowMs > 0 ? this.index.equalBodies(key, receivedAt, this.windowMs) : [];
  }

  async #found(keys: readonly EntryKey[]): Promise<Found> {
    if (keys.length === 0) return NOTHING_FOUND;
    try {
      return { ...NOTHING_FOUND, matches: await this.#matches(keys) };
    } catch (error) {
      if (error instanceof LogError) return { ...NOTHING_FOUND, damage: error };
      throw error;
    }
  }

  async #matches(keys: readonly EntryKey[]): Promise<Match[]> {
    const locations = await this.index.locations(keys);
    const known = await Promise.all(locations.map(async (location) => location && this.#at(location)));
    return keys.flatMap((key, i) => (known[i] ? [{ key, known: known[i] }] : []));
  }

  #at(location: Location): Promise<Known | undefined> {
    const name = location.at === 'pending' ? `P${location.arrival}` : `L${location.sequence}`;
    const asked = this.#known.get(name);
    if (asked !== undefined) return asked;
    const known = readAt(this.rows, location).then((entry) => entry && knownOf(entry, entry.sequence));
    this.#known.set(name, known);
    return known;
  }

  async #receipts(offers: readonly Offer[], found: readonly Found[]): Promise<(number | undefined)[]> {
    const asked = offers.map(({ origin }, i) => (found[i]!.matches.length > 0 ? origin : undefined));
    const receipts = await this.index.receipts(asked.filter((origin) => origin !== undefined));
    let next = 0;
    return asked.map((origin) => (origin === undefined ? undefined : receipts[next++]));
  }
}

/** The entry at a location; undefined when a pending one has meanwhile left for the log. */
export async function readAt(rows: LogRows, location: Location): Promise<StoredEntry | undefined> {
  if (location.at === 'pending') {
    const entry = await rows.pending.entry(location.arrival);
    return entry && { ...entry, sequence: null };
  }
  return { ...(await rows.entry(location.sequence)), sequence: location.sequence };
}
