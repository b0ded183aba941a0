import type { IncomingHttpHeaders } from 'node:http';
import type { Header } from '@hooklog/ordered-log';

/** Beyond these a header is left out; the webhook is taken all the same. */
const KEPT_COUNT_MAX = 64;
const KEPT_BYTES_MAX = 8 * 1024;

const KEPT = /^(content-type|user-agent|x-.*|webhook-.*)$/;
const SECRET = /authorization|cookie|token|secret|key|password/;

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
