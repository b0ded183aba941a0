import { randomUUID } from 'node:crypto';
import {
  entryKeyFrom,
  type EntryKind,
  eventIdentity,
  identify,
  ObjectIdError,
  printDigest,
} from '@hooklog/object-id';
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
}

export interface SourceCandidate {
  readonly candidate: Candidate;
  readonly flags: readonly EventFlag[];
}

/**
 * The entry that a delivery becomes. A signed event id is the identity of the event, whatever its body. One that is not
 * signed is so only together with the digest of its body: whoever changes one of both makes another entry, and never
 * keeps the true one out.
 * @param receivedAt ms since the epoch
 * @throws ObjectIdError
 */
export async function sourceCandidate(
  delivery: Delivery,
  receivedAt: number,
  { seen, dedupWindowSeconds }: SourceCandidateOptions,
): Promise<SourceCandidate> {
  const { source, event, kind, headers, body } = delivery;
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'a webhook has a body');
  if (event?.signed === false) return unsignedCandidate(delivery, event.id, receivedAt, seen);
  const eventId = event?.id ?? (dedupWindowSeconds === 0 ? randomUUID() : undefined);
  const named = eventId === undefined ? {} : { eventId };
  const { key, digest } = identify(body, receivedAt, { kind, source, ...named });
  return { candidate: { key, receivedAt, digest, kind, source, ...named, headers, body }, flags: [] };
}

async function unsignedCandidate(
  { source, kind, headers, body }: Delivery,
  eventId: string,
  receivedAt: number,
  seen: SeenEvents,
): Promise<SourceCandidate> {
  const { objectId, digest } = identify(body, receivedAt, { kind });
  // an event id has no control characters: no signed one is this text
  const identity = eventIdentity(source, `${eventId}\0${printDigest(digest)}`);
  const key = entryKeyFrom(Buffer.concat([objectId, identity]));
  const flags = await seen.see({ source, id: eventId, digest, kind });
  const kept: readonly Header[] =
    flags.length === 0 ? headers : [[FLAGS_HEADER, flags.join(' ')], ...headers];
  return { candidate: { key, receivedAt, digest, kind, source, eventId, headers: kept, body }, flags };
}
