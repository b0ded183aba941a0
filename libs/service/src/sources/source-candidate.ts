import { randomUUID } from 'node:crypto';
import { type EntryKind, eventNameOf, identify, ObjectIdError } from '@hooklog/object-id';
import type { Candidate, Header } from '@hooklog/ordered-log';
import { FLAGS_HEADER } from '../routes/kept-headers';
import type { SeenEvent, SeenEvents } from './seen-events';
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
  /** undefined: nobody can have changed its event id */
  readonly seen: SeenEvent | undefined;
}

/**
 * The entry that a delivery becomes. A signed event id is the identity of the event, whatever its body. One that is not
 * signed is so only together with the digest of its body: whoever changes one of both makes another entry, and never
 * keeps the true one out.
 * @param receivedAt ms since the epoch
 * @throws ObjectIdError
 */
export function sourceCandidate(
  { source, event, kind, headers, body }: Delivery,
  receivedAt: number,
  { seen, dedupWindowSeconds }: SourceCandidateOptions,
): SourceCandidate | Promise<SourceCandidate> {
  if (body.length === 0) throw new ObjectIdError('EMPTY_BODY', 'a webhook has a body');
  const eventId = event?.id ?? (dedupWindowSeconds === 0 ? randomUUID() : undefined);
  const isUnsigned = event?.signed === false;
  const { key, digest } = identify(body, receivedAt, { kind, source, eventId, isUnsigned });
  const candidate: Candidate =
    eventId === undefined
      ? { key, receivedAt, digest, kind, source, headers, body }
      : { key, receivedAt, digest, kind, source, eventId, headers, body };
  if (!isUnsigned) return { candidate, seen: undefined };
  const sight = seen.see({ source, id: event.id, kind, digest, key, name: eventNameOf(key) });
  return sight instanceof Promise
    ? sight.then((known) => flagged(candidate, known))
    : flagged(candidate, sight);
}

function flagged(candidate: Candidate, seen: SeenEvent): SourceCandidate {
  const { key, flags } = seen;
  const { headers } = candidate;
  if (flags.length === 0 && key === candidate.key) return { candidate, seen };
  const noted: readonly Header[] =
    flags.length === 0 ? headers : [[FLAGS_HEADER, flags.join(' ')], ...headers];
  return { candidate: { ...candidate, key, headers: noted }, seen };
}
