import { RequestError } from '../problem/request-error';
import { isUnicode, readJson } from '../routes/json-body';

/** A message as the master of an older replicated log sends it: its place there, from 1 on, and its text as UTF-8. */
export interface Item {
  readonly id: number;
  readonly text: Buffer;
}

/**
 * `{"id": 1, "value": "text", "timestamp": …}`, or with `message` for `value`. Names are read in any case: early
 * masters wrote `Id`, and their own readers did not mind. The time is the master's, and is not kept.
 * @throws ObjectIdError EMPTY_BODY, INVALID_UTF8, INVALID_JSON; RequestError INVALID_ITEM
 */
export function readItem(body: Buffer): Item {
  const members = lowerCase(readJson(body));
  const id = members.get('id');
  const text = members.get('value') ?? members.get('message');
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1)
    throw invalid('id must be a number from 1 on');
  if (typeof text !== 'string') throw invalid('value must be a string');
  if (!isUnicode(text)) throw invalid('value must be Unicode text');
  return { id, text: Buffer.from(text) };
}

function lowerCase(value: unknown): Map<string, unknown> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(entries.map(([name, member]) => [name.toLowerCase(), member]));
}

function invalid(what: string): RequestError {
  return new RequestError('INVALID_ITEM', `Send {"id": 1, "value": "text"}: ${what}.`);
}
