import { randomUUID } from 'node:crypto';
import { type EntryKind, identify, ObjectIdError, printDigest } from '@hooklog/object-id';
import type { Candidate, Header } from '@hooklog/ordered-log';
import { FLAGS_HEADER } from '../routes/kept-headers';
import type { EventFlag, SeenEvents } from './seen-events';
import type { EventName } from './source';

/** A webhook that a source has sent, verified. */
export interface Delivery {
  readonly source: string;
  readonly event: EventName | undefined;
  readonly kind: EntryKind;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

export interface SourceCandidateOptions {
  readonly seen: SeenEvents;
  /** 0: without an event id each receipt is an event of its own */
  readonly dedupWindowSeconds: number;
  /** ms since the epoch, asked for when all else is known */
  readonly receivedAt: () => number;
}

export interface SourceCandidate {
  readonly candidate: Candidate;
  readonly flags: readonly EventFlag[];
}

/**
 * The entry that a delivery becomes. A signed event id is the identity of the event, whatever its body. One that is not
 * signed is so only together with the digest of its body: whoever changes one of both makes another entry, and never
 * keeps the true one out.
 * @throws ObjectIdError
 */
export async function sourceCandidate(
  delivery: Delivery,
  { seen, dedupWindowSeconds, receivedAt }: SourceCandidateOptions,
): Promise<SourceCandidate> {
  const { source, event, kind, headers, body } = delivery;
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'a webhook has a body');
  if (event?.signed === false) {
    const { digest } = identify(body, 0, { kind });
    const flags = await seen.see({ source, id: event.id, digest, kind });
    const flagged: Header[] = flags.length === 0 ? [] : [[FLAGS_HEADER, flags.join(' ')]];
    const at = receivedAt();
    // an event id has no control characters: no signed one is this text
    const { key } = identify(body, at, { kind, source, eventId: `${event.id}\0${printDigest(digest)}` });
    const entry = { key, receivedAt: at, digest, kind, source, eventId: event.id, body };
    return { candidate: { ...entry, headers: [...flagged, ...headers] }, flags };
  }
  const eventId = event?.id ?? (dedupWindowSeconds === 0 ? randomUUID() : undefined);
  const named = eventId === undefined ? {} : { eventId };
  const at = receivedAt();
  const { key, digest } = identify(body, at, { kind, source, ...named });
  return { candidate: { key, receivedAt: at, digest, kind, source, ...named, headers, body }, flags: [] };
}
