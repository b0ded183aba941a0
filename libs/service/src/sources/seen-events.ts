import { type EntryKey, entryKeyFrom, identityOf, objectIdOf } from '@hooklog/object-id';
import { LogError, type OrderedLog, type StoredEntry } from '@hooklog/ordered-log';
import { flagsIn } from '../routes/kept-headers';
import { EventsInFlight, type Sighting, type UnsignedEvent } from './events-in-flight';

/**
 * Why an entry with an event id that is not signed may not be what it seems. `ID_REUSED`: the id came with another body
 * before. `BODY_SEEN`: the body came under another id before, as in a replay.
 */
export type EventFlag = 'BODY_SEEN' | 'ID_REUSED';

/** An event that was seen, until it is in the log. */
export interface SeenEvent {
  /** under which it belongs into the log */
  readonly key: EntryKey;
  readonly flags: readonly EventFlag[];
  /** It is in the log, or will not be. */
  readonly leave: () => void;
}

/** Entries with one body that are looked at for one of the same source: the first ones that were received. */
export const SAME_BODY_MAX = 100;

type EventLog = Pick<OrderedLog, 'mayHaveEvent' | 'eventKeys' | 'mayHaveBody' | 'eventsWithBody' | 'find'>;

/**
 * What an unsigned event is flagged with. Ids and bodies are looked up in the log, so that what came before is found
 * whenever that was; what is on its way into the log is remembered until it is there. Nothing is refused because of a
 * flag, and nothing is lost without one: the identity of such an event has its body in it.
 */
export class SeenEvents {
  readonly #inFlight = new EventsInFlight();

  constructor(private readonly log: EventLog) {}

  /** For most events, of which neither the id nor the body was ever there, nobody waits. */
  see(event: UnsignedEvent): SeenEvent | Promise<SeenEvent> {
    const mayBeNamed = this.log.mayHaveEvent(event.name);
    const mayBeThere = this.log.mayHaveBody(event.digest);
    // in front of the look-up, so that of two at once the second one sees the first
    const beside = this.#inFlight.enter(event);
    if (!mayBeNamed && !mayBeThere) return this.#seen(event, event.key, beside);
    return this.#lookUp(event, beside, mayBeNamed, mayBeThere).catch((error: unknown) => {
      this.#inFlight.leave(event);
      throw error;
    });
  }

  /** The flags of the entry that a copy of it was answered with. */
  async storedFlags(key: EntryKey): Promise<readonly EventFlag[]> {
    const [stored] = await this.log.find(key);
    return (stored && (flagsIn(stored.headers) as EventFlag[] | undefined)) ?? NO_FLAGS;
  }

  async #lookUp(
    event: UnsignedEvent,
    beside: Sighting,
    mayBeNamed: boolean,
    mayBeThere: boolean,
  ): Promise<SeenEvent> {
    const { key, id, name } = event;
    if (mayBeNamed && (await this.#hasEvent(identityOf(key)))) return this.#seen(event, key, beside);
    const isReused = mayBeNamed && (await this.#hasEvent(name));
    const first = mayBeThere ? await this.#firstWithBody(event) : undefined;
    if (first?.eventId === id) return this.#seen(event, withIdentity(key, first.key), beside);
    return this.#seen(event, key, {
      isReused: isReused || beside.isReused,
      isReplayed: first !== undefined || beside.isReplayed,
    });
  }

  async #hasEvent(identityPrefix: Buffer): Promise<boolean> {
    return (await this.log.eventKeys(identityPrefix, 1)).length > 0;
  }

  /**
   * The first one of this source with this body. An old entry that is damaged keeps no new one out: it is known by then,
   * or found by who looks for damage.
   */
  async #firstWithBody({ source, digest, kind }: UnsignedEvent): Promise<StoredEntry | undefined> {
    try {
      for await (const stored of this.log.eventsWithBody(digest, SAME_BODY_MAX))
        if (stored.source === source && stored.kind === kind) return stored;
      return undefined;
    } catch (error) {
      if (error instanceof LogError && error.code === 'DAMAGED') return undefined;
      throw error;
    }
  }

  #seen(event: UnsignedEvent, key: EntryKey, sighting: Sighting): SeenEvent {
    return { key, flags: flagsOf(sighting), leave: () => this.#inFlight.leave(event) };
  }
}

/** The same id and body have another identity where the id was once signed, and in entries of earlier versions. */
function withIdentity(key: EntryKey, stored: EntryKey): EntryKey {
  return entryKeyFrom(Buffer.concat([objectIdOf(key), identityOf(stored)]));
}

const NO_FLAGS: readonly EventFlag[] = [];

function flagsOf({ isReused, isReplayed }: Sighting): readonly EventFlag[] {
  if (!isReused && !isReplayed) return NO_FLAGS;
  return [...(isReused ? (['ID_REUSED'] as const) : []), ...(isReplayed ? (['BODY_SEEN'] as const) : [])];
}
