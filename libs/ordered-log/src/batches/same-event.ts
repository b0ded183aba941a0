import { type Digest, type EntryKey, identityOf } from '@hooklog/object-id';
import type { Candidate, Origin } from '../entry';
import type { DuplicateRule } from '../observer';

/** What is asked of the log: is this entry there already? `origin` is that of an entry taken elsewhere. */
export interface Offer {
  readonly entry: Candidate;
  readonly origin?: Origin;
}

/** An entry that is stored, or decided to be in the batch that is being made. */
export interface Known {
  readonly key: EntryKey;
  readonly digest: Digest;
  readonly receivedAt: number;
  readonly hasEventId: boolean;
  readonly origin: Origin;
  /** null: pending */
  readonly sequence: number | null;
}

/** An entry found under a key: its own, or one that was answered for a copy of it. */
export interface Match {
  readonly key: EntryKey;
  readonly known: Known;
}

/**
 * Equal keys; the same event id of the same source, whenever; or, both without event id, equal bodies
 * received at most the window apart.
 */
export function isSameEvent(entry: Candidate, { key, known }: Match, windowMs: number): boolean {
  // the digest is looked at as well: the index that named this key has no checksum
  if (entry.key.equals(key)) return entry.eventId !== undefined || entry.digest.equals(known.digest);
  if (!identityOf(entry.key).equals(identityOf(key))) return false;
  const hasEventId = entry.eventId !== undefined;
  if (hasEventId !== known.hasEventId) return false;
  return hasEventId || (windowMs > 0 && Math.abs(entry.receivedAt - known.receivedAt) <= windowMs);
}

/** Why a client's entry is a copy of this one. */
export function ruleOf(entry: Candidate, { key }: Known): DuplicateRule {
  if (entry.key.equals(key)) return 'key';
  return entry.eventId === undefined ? 'body' : 'event-id';
}

/** The one that answers for all of them: the named one, else a logged one, else the earliest. */
export function firstOf(entry: Candidate, matches: readonly Match[]): Known | undefined {
  let best: Match | undefined;
  for (const match of matches) {
    if (best === undefined || rank(entry, match) < rank(entry, best)) best = match;
    else if (rank(entry, match) === rank(entry, best) && place(match) < place(best)) best = match;
  }
  return best?.known;
}

function rank(entry: Candidate, { key, known }: Match): number {
  if (known.sequence === null) return 2;
  return entry.key.equals(key) ? 0 : 1;
}

function place({ known }: Match): number {
  return known.sequence ?? known.origin.arrival;
}
