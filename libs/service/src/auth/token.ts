import { createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { RequestError } from '../problem/request-error';

const TOKEN_BYTES = 32;
/** Part of the protocol: all nodes of a cluster derive the same token from the same secret, and for this alone. */
const TOKEN_PURPOSE = 'hooklog service token v1';

/**
 * What the older programs show that cannot sign: masters of an id list or of items. Opens nothing else: HKDF-SHA256 (RFC 5869) of the cluster's secret, 64 hex digits.
 */
export function serviceToken(clusterSecret: string): string {
  return Buffer.from(hkdfSync('sha256', clusterSecret, '', TOKEN_PURPOSE, TOKEN_BYTES)).toString('hex');
}

/**
 * Lets a request pass that shows one of the tokens, in `x-token` or `Authorization: Bearer`. Without
 * any token configured everybody passes: such a node listens on loopback only.
 */
export function requireToken(accepted: readonly string[]): RequestHandler {
  const hashes = accepted.map(hash);
  return (req, _res, next) => {
    if (hashes.length > 0) refuseUnlessAmong(hashes, shownToken(req));
    next();
  };
}

function refuseUnlessAmong(hashes: readonly Buffer[], shown: string | undefined): void {
  if (shown === undefined)
    throw refusal('TOKEN_MISSING', 'Show a token in x-token or Authorization: Bearer.');
  const given = hash(shown);
  // all are compared, in constant time: how long it takes tells nothing about any of them
  const equal = hashes.map((expected) => timingSafeEqual(expected, given));
  if (!equal.includes(true)) throw refusal('TOKEN_WRONG', 'This node does not know the token.');
}

function shownToken(req: Request): string | undefined {
  return req.get('x-token') ?? /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '')?.[1];
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function refusal(code: 'TOKEN_MISSING' | 'TOKEN_WRONG', message: string): RequestError {
  return new RequestError(code, message, { headers: { 'www-authenticate': 'Bearer realm="hooklog"' } });
}
