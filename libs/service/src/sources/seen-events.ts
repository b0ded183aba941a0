import { type Digest, type EntryKind, printDigest } from '@hooklog/object-id';
import { LogError, type OrderedLog, type StoredEntry } from '@hooklog/ordered-log';

/**
 * Why an entry with an event id that is not signed may not be what it seems. `ID_REUSED`: the id came with another body
 * before. `BODY_SEEN`: the body came under another id before, as in a replay.
 */
export type EventFlag = 'BODY_SEEN' | 'ID_REUSED';

/** An event whose id is not signed. */
export interface UnsignedEvent {
  readonly source: string;
  readonly id: string;
  readonly digest: Digest;
  readonly kind: EntryKind;
}

/** Events of which the first body of an id, and the first id of a body, are remembered. */
export const SEEN_EVENTS_MAX = 16_384;

/**
 * What an unsigned event is flagged with. Bodies are looked up in the log, so that a replay is found whenever it comes;
 * ids are remembered since the start of the node, and only so many. Nothing is refused because of a flag, and nothing
 * is lost without one: the identity of such an event has its body in it.
 */
export class SeenEvents {
  readonly #digests = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  constructor(
    private readonly log: Pick<OrderedLog, 'findDigest'>,
    private readonly eventsMax = SEEN_EVENTS_MAX,
  ) {}

  /** The flags of an event, which counts as seen from now on. */
  async see({ source, id, digest, kind }: UnsignedEvent): Promise<EventFlag[]> {
    const body = printDigest(digest);
    const byBody = `${source}\0${body}`;
    const firstBody = this.#first(this.#digests, `${source}\0${id}`, body);
    const isNew = !this.#ids.has(byBody);
    // noted in front of the look-up, so that of two at once the second one sees the first
    let firstId = this.#first(this.#ids, byBody, id);
    if (isNew) {
      const stored = await this.#stored(digest, kind);
      if (stored?.source === source && stored.eventId !== undefined) {
        firstId = stored.eventId;
        this.#ids.set(byBody, firstId);
      }
    }
    return [...(firstBody === body ? [] : [REUSED]), ...(firstId === id ? [] : [REPLAYED])];
  }

  /** An old entry that is damaged keeps no new one out: it is known by then, or found by who looks for damage. */
  async #stored(digest: Digest, kind: EntryKind): Promise<StoredEntry | undefined> {
    try {
      return await this.log.findDigest(digest, kind);
    } catch (error) {
      if (error instanceof LogError && error.code === 'DAMAGED') return undefined;
      throw error;
    }
  }

  #first(seen: Map<string, string>, key: string, value: string): string {
    const first = seen.get(key);
    if (first !== undefined) return first;
    if (seen.size >= this.eventsMax) seen.delete(seen.keys().next().value!);
    seen.set(key, value);
    return value;
  }
}

const REUSED: EventFlag = 'ID_REUSED';
const REPLAYED: EventFlag = 'BODY_SEEN';
