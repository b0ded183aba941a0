import { identify } from '@hooklog/object-id';
import type { Candidate, Entry } from '@hooklog/ordered-log';

/** A webhook as a node takes it; equal text at equal times is the same entry. */
export function webhook(text: string, receivedAt: number): Candidate {
  const body = Buffer.from(JSON.stringify({ text }));
  const { key, digest } = identify(body, receivedAt);
  return { key, digest, receivedAt, kind: 'json', headers: [], body };
}

export function entry(text: string, receivedAt: number, arrival: number, store = 'aaaaaaaaaaaaaaaa'): Entry {
  return { ...webhook(text, receivedAt), origin: { node: 'slave-1', store, arrival } };
}
