import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeExact } from '../encoding';
import { malformed, oneHeader, type WebhookRequest } from '../request';
import { isRefused, refuse, type Refused, type Verdict } from '../verdict';

/** The token that a request brings, as bytes. */
export type TokenReader = (request: WebhookRequest) => Buffer | Refused;

const AUTHORIZATION = 'authorization';
const NOTHING = { body: false, headers: [] };

/** "Validate payloads by using a secret token", docs.gitlab.com; a signing token of GitLab is Standard Webhooks. */
export function readGitlab({ headers }: WebhookRequest): Buffer | Refused {
  const value = oneHeader(headers, 'x-gitlab-token');
  return isRefused(value) ? value : Buffer.from(value, 'latin1');
}

/** RFC 6750, section 2.1 */
export function readBearer({ headers }: WebhookRequest): Buffer | Refused {
  const token = credentials(headers, 'Bearer');
  return isRefused(token) ? token : Buffer.from(token, 'latin1');
}

/** RFC 7617: user name, colon and password in base64 */
export function readBasic({ headers }: WebhookRequest): Buffer | Refused {
  const token = credentials(headers, 'Basic');
  if (isRefused(token)) return token;
  return decodeExact(token, 'base64') ?? malformed(AUTHORIZATION, 'has credentials that are not base64');
}

function credentials(headers: WebhookRequest['headers'], scheme: string): string | Refused {
  const value = oneHeader(headers, AUTHORIZATION);
  if (isRefused(value)) return value;
  const [name = '', ...rest] = value.split(' ');
  const token = rest.join(' ').trimStart();
  if (name.toLowerCase() === scheme.toLowerCase() && token !== '') return token;
  return malformed(AUTHORIZATION, `is not ${scheme} credentials`);
}

/**
 * Tokens are compared by their SHA-256, which has one length: a comparison tells neither how long the secret is nor, since
 * all are compared, which of them matched. A token covers nothing of the request.
 */
export function judgeToken(token: Buffer, digests: readonly Buffer[]): Verdict {
  const digest = digestOf(token);
  const matches = digests.map((each) => timingSafeEqual(each, digest));
  const secret = matches.indexOf(true);
  if (secret !== -1) return { ok: true, secret, covers: NOTHING };
  return refuse('WRONG_TOKEN', 'the token is none of the secrets');
}

export function digestOf(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}
