import { SchemeError } from './errors';
import { refuse, type Refused } from './verdict';

/**
 * As `node:http` gives them: names in lower case, each character of a value one byte. Where a sender could gain by
 * sending a header twice give `headersDistinct`: `headers` joins most of them with a comma, but drops a second
 * `authorization`.
 */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookRequest {
  readonly headers: Headers;
  /** the bytes as they came, before anything parsed them */
  readonly body: Buffer;
}

/** RFC 9110, section 5.6.2 */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** One byte a character, no control characters: anything else was not read from HTTP/1.1 (RFC 9110, section 5.5). */
const VALUE = /^[\x20-\x7e\x80-\xff]+$/;
const SECONDS = /^(0|[1-9]\d{0,11})$/;

/** The only value of a header, not empty. */
export function oneHeader(headers: Headers, name: string): string | Refused {
  const values = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const value = typeof values === 'string' ? values : values?.[0];
  if (value === undefined) return refuse('MISSING_HEADER', `the header ${name} is missing`);
  if (typeof values !== 'string' && values!.length > 1)
    return refuse('DUPLICATE_HEADER', `the header ${name} stands there more than once`);
  return VALUE.test(value) ? value : malformed(name, 'is empty or has characters that no header has');
}

/** Unix time in seconds, as the signed text spells it. */
export function timestampHeader(headers: Headers, name: string): string | Refused {
  const value = oneHeader(headers, name);
  if (typeof value !== 'string' || SECONDS.test(value)) return value;
  return malformed(name, 'is not a unix time in seconds');
}

export function isSeconds(text: string): boolean {
  return SECONDS.test(text);
}

export function malformed(name: string, problem: string): Refused {
  return refuse('MALFORMED_HEADER', `the header ${name} ${problem}`);
}

/** @throws SchemeError MALFORMED_HEADER_NAME */
export function headerName(text: string): string {
  const name = text.toLowerCase();
  if (TOKEN.test(name)) return name;
  throw new SchemeError('MALFORMED_HEADER_NAME', 'a header name has letters, digits and hyphens only');
}
