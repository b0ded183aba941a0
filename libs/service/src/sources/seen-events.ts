import type { Digest, EntryKind } from '@hooklog/object-id';
import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import { FirstValues } from './first-values';

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
/** Entries with one body that are looked at for one of the same source: the first ones that were received. */
export const SAME_BODY_MAX = 100;

/**
 * What an unsigned event is flagged with. Bodies are looked up in the log, so that a replay is found whenever it comes;
 * ids are remembered since the start of the node, and only so many. Nothing is refused because of a flag, and nothing
 * is lost without one: the identity of such an event has its body in it.
 */
export class SeenEvents {
  readonly #digests: FirstValues;
  readonly #ids: FirstValues;

  constructor(
    private readonly log: Pick<OrderedLog, 'mayHaveBody' | 'eventsWithBody'>,
    eventsMax = SEEN_EVENTS_MAX,
  ) {
    this.#digests = new FirstValues(eventsMax);
    this.#ids = new FirstValues(eventsMax);
  }

  /** The flags of an event, which counts as seen from now on. */
  async see(event: UnsignedEvent): Promise<readonly EventFlag[]> {
    const { source, id, digest } = event;
    const body = digest.toString('latin1');
    const byBody = `${source}\0${body}`;
    const firstBody = this.#digests.note(`${source}\0${id}`, body) ?? body;
    // noted in front of the look-up, so that of two at once the second one sees the first
    let firstId = this.#ids.note(byBody, id);
    if (firstId === undefined && this.log.mayHaveBody(digest)) {
      firstId = await this.#storedId(event);
      if (firstId !== undefined) this.#ids.correct(byBody, firstId);
    }
    return flagsOf(firstBody !== body, (firstId ?? id) !== id);
  }

  /**
   * The first id under which this source has sent the body. An old entry that is damaged keeps no new one out: it is
   * known by then, or found by who looks for damage.
   */
  async #storedId({ source, digest, kind }: UnsignedEvent): Promise<string | undefined> {
    try {
      for await (const stored of this.log.eventsWithBody(digest, SAME_BODY_MAX))
        if (stored.source === source && stored.kind === kind) return stored.eventId;
      return undefined;
    } catch (error) {
      if (error instanceof LogError && error.code === 'DAMAGED') return undefined;
      throw error;
    }
  }
}

const NO_FLAGS: readonly EventFlag[] = [];

function flagsOf(isReused: boolean, isReplayed: boolean): readonly EventFlag[] {
  if (!isReused && !isReplayed) return NO_FLAGS;
  return [...(isReused ? (['ID_REUSED'] as const) : []), ...(isReplayed ? (['BODY_SEEN'] as const) : [])];
}
