import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { type EntryKey, parseEntryKey } from '@hooklog/object-id';
import { RequestError, type RequestErrorCode } from '../problem/request-error';

/** The last millisecond + 1 of the time that a key's u32 of seconds can hold. Year 2106. */
const TIME_MAX = 0xffff_ffff * 1000;
/** A date, or a date and time with its zone (ISO 8601). */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;
const NO_QUERY: Queried['query'] = {};
const DIGITS = /^\d{1,16}$/;

/** A request whose query is parsed: every one of Express is. */
export interface Queried {
  readonly query: Readonly<Record<string, unknown>>;
}

/** Most requests ask with the query of the one before. */
let last: { readonly text: string; readonly query: Queried['query'] } = { text: '', query: NO_QUERY };

/** As Express parses it. */
export function queryOf({ url = '' }: IncomingMessage): Queried['query'] {
  const from = url.indexOf('?');
  if (from < 0) return NO_QUERY;
  const text = url.slice(from + 1);
  if (text !== last.text) last = { text, query: parse(text) };
  return last.query;
}

/** A query parameter that is an integer; undefined when it is not there. */
export function integerIn(
  req: Queried,
  name: string,
  range: { readonly min: number; readonly max: number },
  code: RequestErrorCode,
): number | undefined {
  const text = textIn(req, name, code);
  if (text === undefined) return undefined;
  const value = DIGITS.test(text) ? Number(text) : NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new RequestError(code, `${name} must be an integer from ${range.min} to ${range.max}.`);
}

/** `from` and `to` in ms since the epoch, as [from, to). Both are optional. */
export function timeRangeIn(req: Queried): { readonly from: number; readonly to: number } {
  const from = timeIn(req, 'from') ?? 0;
  const to = timeIn(req, 'to') ?? TIME_MAX;
  if (from > to) throw new RequestError('INVALID_RANGE', 'from must not be later than to.');
  return { from, to };
}

function timeIn(req: Queried, name: string): number | undefined {
  const text = textIn(req, name, 'INVALID_RANGE');
  if (text === undefined) return undefined;
  const time = DIGITS.test(text) ? Number(text) : readIso(text);
  if (time >= 0 && time <= TIME_MAX) return time;
  throw new RequestError(
    'INVALID_RANGE',
    `${name} must be ms since the epoch or ISO 8601, from 1970 to 2106.`,
  );
}

/** In a query an unescaped + of a zone arrives as a space. */
function readIso(text: string): number {
  const iso = text.replace(' ', '+');
  return ISO.test(iso) ? Date.parse(iso) : NaN;
}

/** `after` as the key that a page ended with. */
export function keyCursorIn(req: Queried): EntryKey | undefined {
  const text = textIn(req, 'after', 'INVALID_CURSOR');
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{72}$/.test(text)) return parseEntryKey(text);
  throw new RequestError(
    'INVALID_CURSOR',
    'after must be the next of an earlier page: 72 lower-case hex digits.',
  );
}

function textIn(req: Queried, name: string, code: RequestErrorCode): string | undefined {
  const value = req.query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new RequestError(code, `${name} must be given once.`);
}
