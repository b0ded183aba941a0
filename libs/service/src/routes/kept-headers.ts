import type { IncomingHttpHeaders } from 'node:http';
import type { Header } from '@hooklog/ordered-log';

/** Beyond these a header is left out; the webhook is taken all the same. */
const KEPT_COUNT_MAX = 64;
const KEPT_BYTES_MAX = 8 * 1024;

const KEPT = /^(content-type|user-agent|x-.*|webhook-.*)$/;
const SECRET = /authorization|cookie|token|secret|key|password/;

/** What a node has noted of an entry, beside its headers: none of a sender's headers is kept under this name. */
export const FLAGS_HEADER = 'hooklog-flags';

/** What a node has noted of an entry; undefined: nothing. */
export function flagsIn(headers: readonly Header[]): string[] | undefined {
  return headers.find(([name]) => name === FLAGS_HEADER)?.[1].split(' ');
}

/** The headers that are stored with a webhook, names in lower case. Never one that may be a secret. */
export function keptHeaders(headers: IncomingHttpHeaders): Header[] {
  const kept: Header[] = [];
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !isKept(name)) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    bytes += name.length + text.length;
    if (bytes > KEPT_BYTES_MAX || kept.length === KEPT_COUNT_MAX) break;
    kept.push([name, text]);
  }
  return kept;
}

/**
 * All headers by which a refused delivery can be verified again.
 * @param needed names that are kept whatever they sound like
 */
export function verifiableHeaders(
  headers: NodeJS.Dict<string[]>,
  needed: readonly string[],
): Record<string, readonly string[]> {
  const kept = Object.entries(headers).filter(([name]) => needed.includes(name) || !SECRET.test(name));
  return Object.fromEntries(kept.map(([name, values = []]) => [name, values]));
}

/** What senders use is a short list. */
const KNOWN_NAMES_MAX = 1_000;
const known = new Map<string, boolean>();

function isKept(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const kept = KEPT.test(name) && !SECRET.test(name);
  if (known.size < KNOWN_NAMES_MAX) known.set(name, kept);
  return kept;
}
