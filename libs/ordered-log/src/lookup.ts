import type { EntryKey } from '@hooklog/object-id';
import type { DerivedIndex } from './derived-index';
import type { Candidate, Entry, StoredEntry } from './entry';
import type { Location } from './index-rows';
import type { IndexWriter } from './index-writer';
import { bodyRow, entryKeyRow, identityRow } from './keys';
import { LogError } from './log-error';
import type { LogRows } from './log-rows';
import type { Known, Match, Offer } from './same-event';

/** What the store knows about an offer before the batch that it is part of. */
export interface Found {
  readonly matches: readonly Match[];
  /** The sequence that a receipt of this very origin names, if the log has one. */
  readonly receiptOf: number | undefined;
  /** What it may be a copy of cannot be read: this offer fails, others do not. */
  readonly damage?: LogError;
}

const NOTHING: Found = { matches: [], receiptOf: undefined };

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

  async findAll(offers: readonly Offer[]): Promise<Found[]> {
    if (offers.length === 0) return [];
    const keys = await this.#keysOf(offers);
    const found = await Promise.all(offers.map((_, i) => this.#found(keys[i]!)));
    const receipts = await this.#receipts(offers, found);
    return found.map((one, i) => ({ ...one, receiptOf: receipts[i] }));
  }

  /** Keys, of which each is that of an entry, or an alias of one, that may be the same event. */
  async #keysOf(offers: readonly Offer[]): Promise<EntryKey[][]> {
    const asked = offers.map(({ entry }) => ({ key: entry.key, known: this.#knownRow(entry) }));
    const names = asked.map(({ key }) => entryKeyRow(key));
    const others = asked.flatMap(({ known }) => known ?? []);
    const rows = [...names, ...others];
    if (this.behind.hasUnwritten(rows)) await this.behind.written();
    const found = await this.index.values(rows);
    let next = names.length;
    return Promise.all(
      offers.map(async (offer, i) => {
        const like = asked[i]!.known && found[next++];
        const keys = like === undefined ? [] : await this.#alike(offer, like);
        const { key } = offer.entry;
        const different = keys.filter((each) => !each.equals(key));
        return found[i] === undefined ? different : [key, ...different];
      }),
    );
  }

  /** The row that is there when an entry with the same event id is, or, without one, with the same body. */
  #knownRow({ key, digest, eventId }: Candidate): Buffer | undefined {
    if (eventId !== undefined) return identityRow(key);
    return this.windowMs > 0 ? bodyRow(digest) : undefined;
  }

  /** Keys of entries with the same event id, or body; `row` is what the index has of it. */
  async #alike(offer: Offer, row: Buffer): Promise<EntryKey[]> {
    if (offer.entry.eventId !== undefined) return [row as EntryKey];
    await this.behind.written();
    return this.#equalBodies(offer);
  }

  #equalBodies({ entry }: Offer): Promise<EntryKey[]> {
    return this.index.equalBodies(entry.digest, entry.receivedAt, this.windowMs);
  }

  async #found(keys: readonly EntryKey[]): Promise<Found> {
    if (keys.length === 0) return NOTHING;
    await this.behind.written();
    try {
      return { ...NOTHING, matches: await this.#matches(keys) };
    } catch (error) {
      if (error instanceof LogError) return { ...NOTHING, damage: error };
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
