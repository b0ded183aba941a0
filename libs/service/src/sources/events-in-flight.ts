import type { Digest, EntryKey, EntryKind } from '@hooklog/object-id';

/** An event whose id is not signed. */
export interface UnsignedEvent {
  readonly source: string;
  readonly id: string;
  readonly kind: EntryKind;
  readonly digest: Digest;
  readonly key: EntryKey;
  /** the part of the key that all entries with this id of this source share */
  readonly name: Buffer;
}

/** What is known of an event beside it: whether its id has another body, and whether its body has another id. */
export interface Sighting {
  readonly isReused: boolean;
  readonly isReplayed: boolean;
}

/** Events by the first bytes of a hash, which few others share. */
type Groups = Map<number, UnsignedEvent[]>;

/** Events on their way into the log, which does not know them yet: as many as there are requests. */
export class EventsInFlight {
  readonly #byName: Groups = new Map();
  readonly #byBody: Groups = new Map();

  /** What those before it say of this one, which is one of them from now on. */
  enter(event: UnsignedEvent): Sighting {
    const { source, id, kind, digest, name } = event;
    const named = join(this.#byName, name, event);
    const alike = join(this.#byBody, digest, event);
    return {
      isReused: named.some((other) => other.name.equals(name) && !other.digest.equals(digest)),
      isReplayed: alike.some(
        (other) =>
          other.digest.equals(digest) && other.source === source && other.kind === kind && other.id !== id,
      ),
    };
  }

  leave(event: UnsignedEvent): void {
    part(this.#byName, event.name, event);
    part(this.#byBody, event.digest, event);
  }
}

function join(groups: Groups, hash: Buffer, event: UnsignedEvent): readonly UnsignedEvent[] {
  const place = hash.readInt32BE(0);
  const group = groups.get(place);
  if (group === undefined) {
    groups.set(place, [event]);
    return ALONE;
  }
  group.push(event);
  return group;
}

const ALONE: readonly UnsignedEvent[] = [];

function part(groups: Groups, hash: Buffer, event: UnsignedEvent): void {
  const place = hash.readInt32BE(0);
  const group = groups.get(place) ?? [];
  if (group.length > 1) group.splice(group.indexOf(event), 1);
  else groups.delete(place);
}
