import { type Digest, type EntryKey, type EntryKind, eventNameOf } from '@hooklog/object-id';

/** An event whose id is not signed. */
export interface UnsignedEvent {
  readonly source: string;
  readonly id: string;
  readonly kind: EntryKind;
  readonly digest: Digest;
  readonly key: EntryKey;
}

/** What is known of an event beside it: whether its id has another body, and whether its body has another id. */
export interface Sighting {
  readonly isReused: boolean;
  readonly isReplayed: boolean;
}

/** Events on their way into the log, which does not know them yet: as many as there are requests. */
export class EventsInFlight {
  readonly #byName = new Map<string, UnsignedEvent[]>();
  readonly #byBody = new Map<string, UnsignedEvent[]>();

  /** What those before it say of this one, which is one of them from now on. */
  enter(event: UnsignedEvent): Sighting {
    const { source, id, kind, digest } = event;
    const named = join(this.#byName, nameOf(event), event);
    const alike = join(this.#byBody, bodyOf(event), event);
    return {
      isReused: named.some((other) => !other.digest.equals(digest)),
      isReplayed: alike.some((other) => other.source === source && other.kind === kind && other.id !== id),
    };
  }

  leave(event: UnsignedEvent): void {
    part(this.#byName, nameOf(event), event);
    part(this.#byBody, bodyOf(event), event);
  }
}

function nameOf({ key }: UnsignedEvent): string {
  return eventNameOf(key).toString('latin1');
}

function bodyOf({ digest }: UnsignedEvent): string {
  return digest.toString('latin1');
}

function join(groups: Map<string, UnsignedEvent[]>, name: string, event: UnsignedEvent): UnsignedEvent[] {
  const group = groups.get(name);
  if (group === undefined) {
    const alone = [event];
    groups.set(name, alone);
    return alone;
  }
  group.push(event);
  return group;
}

function part(groups: Map<string, UnsignedEvent[]>, name: string, event: UnsignedEvent): void {
  const group = groups.get(name) ?? [];
  if (group.length > 1) group.splice(group.indexOf(event), 1);
  else groups.delete(name);
}
