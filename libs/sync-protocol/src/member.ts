import { Ajv } from 'ajv';
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

const isMember = new Ajv().compile<Member>({
  type: 'object',
  required: ['node', 'store', 'url'],
  properties: {
    node: { type: 'string', maxLength: NODE_NAME_BYTES_MAX, pattern: '^[!-~]+$' }, // printable ASCII, no spaces
    store: { type: 'string', pattern: '^[0-9a-f]{16}$' },
    url: { type: 'string', maxLength: URL_BYTES_MAX },
  },
});

/** @throws SyncError `BAD_REGISTRATION` naming the field */
export function parseMember(value: unknown): Member {
  if (!isMember(value)) throw bad(errorsText(isMember.errors));
  return { node: value.node, store: value.store, url: parsePeerUrl(value.url) };
}

function errorsText(errors: typeof isMember.errors): string {
  const [first] = errors ?? [];
  return `the registration${first?.instancePath.replace('/', ': ') ?? ''} ${first?.message ?? 'is malformed'}`;
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
