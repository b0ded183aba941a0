import { type ClaimReader, type ClaimRules, judge } from './claim';
import { SchemeError } from './errors';
import type { WebhookRequest } from './request';
import { type HmacScheme, type Scheme, TOLERANCE_SECONDS_MAX } from './scheme';
import { GITHUB, hmacReader, SHOPIFY, SLACK } from './schemes/hmac';
import { readStandardWebhooks } from './schemes/standard-webhooks';
import { readStripe } from './schemes/stripe';
import { digestOf, judgeToken, readBasic, readBearer, readGitlab, type TokenReader } from './schemes/token';
import { basicSecret, encodedSecret, keysOf, secretBytes, textSecret, webhookSecret } from './secrets';
import { isRefused, type Verdict } from './verdict';

/**
 * Says who sent a request, and never throws because of one.
 * @param now ms since the epoch; for a request that was kept, its receipt
 */
export type Verifier = (request: WebhookRequest, now: number) => Verdict;

/**
 * A verifier that accepts any of the secrets: the new and the old one while they change.
 * @throws SchemeError when the scheme or a secret cannot be used
 */
export function createVerifier(scheme: Scheme, secrets: readonly string[]): Verifier {
  switch (scheme.kind) {
    case 'standard-webhooks':
      return signed(readStandardWebhooks, keyed(secrets, webhookSecret, toleranceOf(scheme)));
    case 'stripe':
      return signed(readStripe, keyed(secrets, textSecret, toleranceOf(scheme)));
    case 'github':
      return hmac(GITHUB, secrets);
    case 'shopify':
      return hmac(SHOPIFY, secrets);
    case 'slack':
      return hmac({ ...SLACK, ...toleranceOf(scheme) }, secrets);
    case 'hmac':
      return hmac(scheme, secrets);
    case 'gitlab':
      return token(readGitlab, secretBytes(secrets, textSecret));
    case 'bearer':
      return token(readBearer, secretBytes(secrets, textSecret));
    case 'basic':
      return token(readBasic, secretBytes(secrets, basicSecret));
  }
}

function hmac(scheme: HmacScheme, secrets: readonly string[]): Verifier {
  const { algorithm, secretEncoding = 'text' } = scheme;
  const rules = keyed(secrets, encodedSecret(secretEncoding), toleranceOf(scheme));
  return signed(hmacReader(scheme), { ...rules, algorithm });
}

function keyed(
  secrets: readonly string[],
  read: (secret: string) => Buffer | string,
  tolerance: { readonly toleranceSeconds?: number },
): ClaimRules {
  return { algorithm: 'sha256', keys: keysOf(secretBytes(secrets, read)), ...tolerance };
}

function signed(read: ClaimReader, rules: ClaimRules): Verifier {
  return (request, now) => {
    const claim = read(request);
    return isRefused(claim) ? claim : judge(claim, rules, now);
  };
}

function token(read: TokenReader, secrets: readonly Buffer[]): Verifier {
  const digests = secrets.map(digestOf);
  return (request) => {
    const presented = read(request);
    return isRefused(presented) ? presented : judgeToken(presented, digests);
  };
}

function toleranceOf({ toleranceSeconds }: { readonly toleranceSeconds?: number }): {
  readonly toleranceSeconds?: number;
} {
  if (toleranceSeconds === undefined) return {};
  if (
    Number.isInteger(toleranceSeconds) &&
    toleranceSeconds >= 1 &&
    toleranceSeconds <= TOLERANCE_SECONDS_MAX
  )
    return { toleranceSeconds };
  throw new SchemeError('INVALID_TOLERANCE', `a tolerance is 1 to ${TOLERANCE_SECONDS_MAX} whole seconds`);
}
