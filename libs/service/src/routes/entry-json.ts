import { isUtf8 } from 'node:buffer';
import { objectIdOf, printDigest, printEntryKey, printObjectId } from '@hooklog/object-id';
import type { StoredEntry } from '@hooklog/ordered-log';
import { FLAGS_HEADER, flagsIn } from './kept-headers';

const BODY = Buffer.from(',"body":');
const BODY_BASE64 = Buffer.from(',"bodyBase64":');
const END = Buffer.from('}');

/**
 * An entry as clients read it. A JSON document stands in it byte for byte as it was received, never
 * parsed and printed again; text is a string; other bytes are `bodyBase64`.
 */
export function entryJson(entry: StoredEntry): Buffer[] {
  const { sequence, key, digest, receivedAt, origin, kind, source, eventId } = entry;
  const head = JSON.stringify({
    sequence,
    id: printObjectId(objectIdOf(key)),
    key: printEntryKey(key),
    digest: printDigest(digest),
    receivedAt,
    origin: { node: origin.node, store: origin.store, arrival: origin.arrival },
    kind,
    source,
    eventId,
    flags: flagsIn(entry.headers),
    headers: Object.fromEntries(entry.headers.filter(([name]) => name !== FLAGS_HEADER)),
  });
  const open = Buffer.from(head.slice(0, -1));
  if (kind === 'json') return [open, BODY, entry.body, END];
  if (isUtf8(entry.body)) return [open, BODY, quoted(entry.body), END];
  return [open, BODY_BASE64, base64(entry.body), END];
}

/** Only the body: the document, a string, or `{"bodyBase64": …}`. */
export function bodyJson(entry: StoredEntry): Buffer[] {
  if (entry.kind === 'json') return [entry.body];
  if (isUtf8(entry.body)) return [quoted(entry.body)];
  return [Buffer.from('{"bodyBase64":'), base64(entry.body), END];
}

function quoted(text: Buffer): Buffer {
  return Buffer.from(JSON.stringify(text.toString('utf8')));
}

function base64(bytes: Buffer): Buffer {
  return Buffer.from(`"${bytes.toString('base64')}"`);
}
