import { identify } from '@hooklog/object-id';
import type { Candidate } from '@hooklog/ordered-log';

/** A message, for the log: an event of its own, also where its text is that of another one. */
export function messageCandidate(text: Buffer, eventId: string, receivedAt: number): Candidate {
  const { key, digest } = identify(text, receivedAt, { kind: 'message', eventId });
  return { key, digest, receivedAt, kind: 'message', eventId, headers: [], body: text };
}
