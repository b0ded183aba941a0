import { NODE_NAME_BYTES_MAX, URL_BYTES_MAX } from './limits';
import { SyncError } from './sync-error';

/** A slave as it is registered. */
export interface Member {
  readonly node: string;
  /** 16 hex digits */
  readonly store: string;
  /** http or https, without credentials, query, fragment and trailing slash */
  readonly url: string;
}

const NODE = /^[\x21-\x7e]+$/;
const STORE = /^[0-9a-f]{16}$/;

/** @throws SyncError `BAD_REGISTRATION` naming the field */
export function parseMember(value: unknown): Member {
  const { node, store, url } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof node !== 'string' || !NODE.test(node) || node.length > NODE_NAME_BYTES_MAX) {
    throw bad(`"node" is 1 to ${NODE_NAME_BYTES_MAX} printable ASCII characters without spaces`);
  }
  if (typeof store !== 'string' || !STORE.test(store)) throw bad('"store" is 16 lower-case hex digits');
  return { node, store, url: parsePeerUrl(url) };
}

/** A master follows this URL with its token in hand: nothing in it may be more than scheme, host, port and path. */
export function parsePeerUrl(value: unknown): string {
  if (typeof value !== 'string' || value.length > URL_BYTES_MAX || !URL.canParse(value))
    throw bad('"url" is an http(s) URL');
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw bad('"url" begins with http:// or https://');
  if (url.username || url.password) throw bad('"url" has no user name and password');
  if (url.search || url.hash || /[?#]/.test(value)) throw bad('"url" has no query and fragment');
  return url.href.replace(/\/+$/, '');
}

function bad(message: string): SyncError {
  return new SyncError('BAD_REGISTRATION', message);
}
