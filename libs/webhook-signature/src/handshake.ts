import { findInJson } from './json/find';
import { digestOf, judgeToken } from './schemes/token';
import { secretBytes, textSecret } from './secrets';
import { refuse, type Refused } from './verdict';

/** Answer it with 200, `text/plain` and these characters: nothing a browser would run. */
export interface Challenge {
  readonly ok: true;
  readonly challenge: string;
}

export type HandshakeReason = 'WRONG_TOKEN' | 'MALFORMED_CHALLENGE';

/** undefined: the request is no handshake */
export type Handshake = Challenge | Refused<HandshakeReason> | undefined;

/** A challenge is sent back to whoever sent it. */
const CHALLENGE = /^[!-~]{1,1024}$/;
/** Slack's has about 130 bytes; larger bodies are events, which nothing needs to look into. */
const HANDSHAKE_BYTES_MAX = 4096;

/**
 * For the `GET` by which Meta asks whether a URL expects its webhooks ("Verification Requests", developers.facebook.com).
 * @throws SchemeError NO_SECRET, MALFORMED_SECRET
 */
export function createMetaHandshake(verifyTokens: readonly string[]): (query: URLSearchParams) => Handshake {
  const digests = secretBytes(verifyTokens, textSecret).map(digestOf);
  return (query) => {
    const one = (name: string) => (query.getAll(name).length === 1 ? query.get(name) : null);
    if (one('hub.mode') !== 'subscribe') return undefined;
    const verdict = judgeToken(Buffer.from(one('hub.verify_token') ?? ''), digests);
    if (!verdict.ok) return refuse('WRONG_TOKEN', 'hub.verify_token is none of the verify tokens');
    return answer(one('hub.challenge') ?? '', 'hub.challenge');
  };
}

/** For a verified `POST` of Slack: `url_verification`, by which it asks whether a URL is ours (docs.slack.dev). */
export function slackHandshake(body: Buffer): Handshake {
  if (body.length > HANDSHAKE_BYTES_MAX) return undefined;
  const type = findInJson(body, ['type']);
  if (type.kind !== 'string' || type.text !== 'url_verification') return undefined;
  const challenge = findInJson(body, ['challenge']);
  return answer(challenge.kind === 'string' ? challenge.text : '', 'challenge');
}

function answer(challenge: string, name: string): Challenge | Refused<HandshakeReason> {
  if (CHALLENGE.test(challenge)) return { ok: true, challenge };
  return refuse('MALFORMED_CHALLENGE', `${name} is not 1 to 1024 visible ASCII characters`);
}
