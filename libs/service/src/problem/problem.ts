import { ObjectIdError } from '@hooklog/object-id';
import { LogError } from '@hooklog/ordered-log';
import { SyncError } from '@hooklog/sync-protocol';
import { type ProblemCode, PROBLEMS } from './codes';
import { RequestError } from './request-error';

/** An answer that says what went wrong: RFC 9457. */
export interface Problem {
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What these say of themselves names files of this machine: only the log of the node shows it. */
const HIDDEN: Partial<Record<ProblemCode, string>> = {
  STORE_FAILED:
    'The store could not be written or read: the log of this node tells why. Sending it again is safe.',
  DAMAGED: 'What was asked for is damaged in the store: the log of this node tells where.',
  FORMAT_UNKNOWN: 'The store has a format that this version does not know.',
};

/** What is signed by nodes, and not as it has to be: every 401 names what would be accepted (RFC 9110, 11.6.1). */
const SIGNED: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'SIGNATURE_MISSING',
  'SIGNATURE_WRONG',
  'CLOCK_SKEW',
  'REPLAYED',
]);

/**
 * The problem that an error is. What is no coded error of ours becomes INTERNAL and shows nothing of itself.
 * @param requestId of the request that it answers; none: it answers none, or a part of one
 */
export function problemFrom(error: unknown, requestId?: string): Problem {
  const { code, detail, more } = wordsOf(error);
  const { status, title, retryAfter, retrySpread = 0 } = PROBLEMS[code];
  const type = `urn:hooklog:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body = Buffer.from(JSON.stringify({ type, title, status, code, detail, ...more.members, requestId }));
  const waitSeconds = (retryAfter ?? 0) + Math.floor(Math.random() * (retrySpread + 1));
  const headers = {
    'content-type': PROBLEM_TYPE,
    'content-length': String(body.length),
    ...(retryAfter !== undefined && { 'retry-after': String(waitSeconds) }),
    ...(SIGNED.has(code) && { 'www-authenticate': 'Hooklog' }),
    ...(requestId !== undefined && { 'x-request-id': requestId }),
    ...more.headers,
  };
  return { code, status, headers, body };
}

interface Words {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly more: RequestError['more'];
}

function wordsOf(error: unknown): Words {
  if (error instanceof RequestError) return { code: error.code, detail: error.message, more: error.more };
  if (error instanceof ObjectIdError || error instanceof SyncError) {
    const { code, message: detail, offset } = error;
    return { code, detail, more: offset === undefined ? {} : { members: { offset } } };
  }
  if (error instanceof LogError) {
    const { code, message, position } = error;
    if (code in HIDDEN) return { code, detail: HIDDEN[code] ?? '', more: {} };
    return { code, detail: message, more: position === undefined ? {} : { members: { position } } };
  }
  return foreignWords(error);
}

/** Express and body-parser mark a client's fault with a 4xx status. */
function foreignWords(error: unknown): Words {
  const { status, message } = error as { status?: unknown; message?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) {
    const detail = 'The request failed for a reason that the log of this node tells.';
    return { code: 'INTERNAL', detail, more: {} };
  }
  const code =
    status === 413 ? 'BODY_TOO_LARGE' : status === 415 ? 'UNSUPPORTED_ENCODING' : 'MALFORMED_REQUEST';
  return { code, detail: String(message), more: {} };
}
