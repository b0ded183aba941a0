import assert from 'node:assert';
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { WebhookRequest } from './request';
import { type Algorithm, TOLERANCE_SECONDS } from './scheme';
import { type Coverage, refuse, type Refused, type Verdict } from './verdict';

/** What a request says of itself, not yet believed. */
export interface Claim {
  /** what is signed, in parts so that no body is copied */
  readonly signed: readonly (string | Buffer)[];
  /** any length and number; one right one is enough */
  readonly signatures: readonly Buffer[];
  /** unix time; signed as well */
  readonly seconds?: number;
  readonly covers: Coverage;
}

export type ClaimReader = (request: WebhookRequest) => Claim | Refused;

export interface ClaimRules {
  readonly algorithm: Algorithm;
  readonly keys: readonly KeyObject[];
  readonly toleranceSeconds?: number | undefined;
}

/**
 * Whether one of the keys has signed it (HMAC, RFC 2104), at a time close to `now`. The time is looked at last: what is
 * not signed could claim any.
 * @param now ms since the epoch
 */
export function judge(claim: Claim, rules: ClaimRules, now: number): Verdict {
  const secret = matchingKey(claim, rules);
  if (secret === undefined) {
    return refuse('WRONG_SIGNATURE', 'no signature is that of the request under any of the secrets');
  }
  const { seconds, covers } = claim;
  if (seconds === undefined) return { ok: true, secret, covers };
  const { toleranceSeconds = TOLERANCE_SECONDS } = rules;
  return untimely(seconds, toleranceSeconds, now) ?? { ok: true, secret, signedAt: seconds * 1000, covers };
}

/** Every key is tried with every signature, so that the time it takes says nothing of which one matched. */
function matchingKey({ signed, signatures }: Claim, { algorithm, keys }: ClaimRules): number | undefined {
  let match: number | undefined;
  for (const [index, key] of keys.entries()) {
    const hmac = createHmac(algorithm, key);
    for (const part of signed) hmac.update(part);
    // by way of a text, which costs less than bytes that OpenSSL owns
    const expected = Buffer.from(hmac.digest('binary'), 'binary');
    for (const signature of signatures) if (isSame(signature, expected)) match ??= index;
  }
  return match;
}

function isSame(signature: Buffer, expected: Buffer): boolean {
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function untimely(seconds: number, toleranceSeconds: number, now: number): Refused | undefined {
  const age = Math.floor(now / 1000) - seconds;
  assert(Number.isFinite(age), `now is ms since the epoch, not ${now}`);
  const limit = `more than the ${toleranceSeconds} s that are allowed`;
  if (age > toleranceSeconds) return refuse('TOO_OLD', `signed ${age} s ago, ${limit}`);
  if (age < -toleranceSeconds) return refuse('TOO_NEW', `signed ${-age} s ahead of this clock, ${limit}`);
  return undefined;
}
