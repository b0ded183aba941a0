import type { Digest, EntryKey, EntryKind } from '@hooklog/object-id';

/**
 * Where an entry was taken. `store` names the store it was first written to (16 hex digits, made
 * once per empty disk): a node that lost its disk starts a new one, so an arrival is never used twice.
 */
export interface Origin {
  readonly node: string;
  readonly store: string;
  /** Number given by the store that took the entry: rising, with gaps. */
  readonly arrival: number;
}

export type Header = readonly [name: string, value: string];

/** A webhook or message as it is stored and replicated. */
export interface Entry {
  readonly key: EntryKey;
  /** Milliseconds since the epoch; its seconds are those of the key. */
  readonly receivedAt: number;
  readonly digest: Digest;
  readonly origin: Origin;
  readonly kind: EntryKind;
  readonly source?: string;
  readonly eventId?: string;
  readonly headers: readonly Header[];
  /** The bytes as they were received, never re-serialised. */
  readonly body: Buffer;
}

/** An entry before a store has given it an arrival. */
export type Candidate = Omit<Entry, 'origin'>;

/** A candidate, or what would be one without fields that are not there. */
type CandidateFields = Omit<Candidate, 'source' | 'eventId'> & {
  readonly source?: string | undefined;
  readonly eventId?: string | undefined;
};

/** Field by field: copying an object of any shape costs more than all that is in it. */
export function entryOf(candidate: CandidateFields, origin: Origin): Entry {
  const { key, receivedAt, digest, kind, source, eventId, headers, body } = candidate;
  const entry: { -readonly [Name in keyof Entry]: Entry[Name] } = {
    key,
    receivedAt,
    digest,
    origin,
    kind,
    headers,
    body,
  };
  if (source !== undefined) entry.source = source;
  if (eventId !== undefined) entry.eventId = eventId;
  return entry;
}

/** An entry as this node has it: in the log, or pending (`sequence` is null). */
export interface StoredEntry extends Entry {
  readonly sequence: number | null;
}
