import { createHmac } from 'node:crypto';
import { sign as signGithub, verify as verifyGithub } from '@octokit/webhooks-methods';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import Stripe from 'stripe';
import type { WebhookRequest } from '../request';
import type { Scheme } from '../scheme';

/** A sender that can be played, and where there is one the library by which its receivers verify. */
export interface Sender {
  readonly name: string;
  readonly scheme: Scheme;
  /** three that the sender could have */
  readonly secrets: readonly [current: string, former: string, foreign: string];
  /** the header without which nobody can say who sent a request */
  readonly header: string;
  /** the headers of which no bit may change */
  readonly signed: readonly string[];
  /** whether its signature covers a time, and the body */
  readonly timed: boolean;
  readonly coversBody: boolean;
  readonly sign: (body: Buffer, secret: string, seconds: number) => Promise<Record<string, string>>;
  /** the package that the oracle is in */
  readonly judge?: string;
  readonly oracle?: (request: WebhookRequest, secret: string, now: number) => Promise<boolean>;
}

export const EVENT_ID = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';

const TEXTS = ['current-secret', 'former-secret', 'foreign-secret'] as const;
const WEBHOOK_SECRETS = [
  'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  'whsec_plJ3nmyCDGBKInavdOK15jsl',
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
] as const;
const SIGNED = { timed: false, coversBody: true } as const;
const TIMED = { timed: true, coversBody: true } as const;
const TOKEN = { timed: false, coversBody: false } as const;

export const SENDERS: readonly Sender[] = [
  {
    name: 'Standard Webhooks',
    scheme: { kind: 'standard-webhooks' },
    secrets: WEBHOOK_SECRETS,
    header: 'webhook-signature',
    signed: ['webhook-signature', 'webhook-id', 'webhook-timestamp'],
    ...TIMED,
    sign: signStandard,
    judge: 'standardwebhooks',
    oracle: verifyStandard,
  },
  {
    name: 'Svix',
    scheme: { kind: 'standard-webhooks' },
    secrets: WEBHOOK_SECRETS,
    header: 'svix-signature',
    signed: ['svix-signature', 'svix-id', 'svix-timestamp'],
    ...TIMED,
    sign: async (...args) => renamed(await signStandard(...args), 'webhook-', 'svix-'),
    judge: 'standardwebhooks',
    oracle: ({ headers, body }, secret) =>
      verifyStandard({ headers: renamed(headers, 'svix-', 'webhook-'), body }, secret),
  },
  {
    name: 'GitHub',
    scheme: { kind: 'github' },
    secrets: TEXTS,
    header: 'x-hub-signature-256',
    signed: ['x-hub-signature-256'],
    ...SIGNED,
    sign: async (body, secret) => ({ 'x-hub-signature-256': await signGithub(secret, body.toString()) }),
    judge: '@octokit/webhooks-methods',
    oracle: ({ headers, body }, secret) =>
      refusedWhen(TypeError, () =>
        verifyGithub(secret, body.toString(), headers['x-hub-signature-256'] as string),
      ),
  },
  {
    name: 'Stripe',
    scheme: { kind: 'stripe' },
    secrets: ['whsec_current', 'whsec_former', 'whsec_foreign'],
    header: 'stripe-signature',
    signed: ['stripe-signature'],
    ...TIMED,
    sign: (body, secret, timestamp) => {
      const options = { payload: body.toString(), secret, timestamp };
      // its types ask for what it fills in by itself
      const complete = options as Parameters<typeof Stripe.webhooks.generateTestHeaderString>[0];
      return Promise.resolve({ 'stripe-signature': Stripe.webhooks.generateTestHeaderString(complete) });
    },
    judge: 'stripe',
    oracle: ({ headers, body }, secret, now) => {
      const header = headers['stripe-signature'] as string;
      return refusedWhen(Stripe.errors.StripeSignatureVerificationError, () =>
        Stripe.webhooks.signature!.verifyHeader(body, header, secret, 300, undefined, now),
      );
    },
  },
  {
    name: 'Shopify',
    scheme: { kind: 'shopify' },
    secrets: TEXTS,
    header: 'x-shopify-hmac-sha256',
    signed: ['x-shopify-hmac-sha256'],
    ...SIGNED,
    sign: (body, secret) =>
      Promise.resolve({ 'x-shopify-hmac-sha256': hmac('sha256', secret, body).toString('base64') }),
  },
  {
    name: 'Slack',
    scheme: { kind: 'slack' },
    secrets: TEXTS,
    header: 'x-slack-signature',
    signed: ['x-slack-signature', 'x-slack-request-timestamp'],
    ...TIMED,
    sign: (body, secret, seconds) =>
      Promise.resolve({
        'x-slack-signature': `v0=${hmac('sha256', secret, `v0:${seconds}:`, body).toString('hex')}`,
        'x-slack-request-timestamp': String(seconds),
      }),
  },
  {
    name: 'generic HMAC over the body',
    scheme: { kind: 'hmac', header: 'X-Signature', algorithm: 'sha1', encoding: 'hex', prefix: 'sha1=' },
    secrets: TEXTS,
    header: 'x-signature',
    signed: ['x-signature'],
    ...SIGNED,
    sign: (body, secret) =>
      Promise.resolve({ 'x-signature': `sha1=${hmac('sha1', secret, body).toString('hex')}` }),
  },
  {
    name: 'generic HMAC over a time, an id and the body',
    scheme: {
      kind: 'hmac',
      header: 'X-Signature',
      algorithm: 'sha512',
      encoding: 'base64url',
      template: '{timestamp}.{header:X-Id}.{body}',
      timestampHeader: 'X-Timestamp',
    },
    secrets: TEXTS,
    header: 'x-signature',
    signed: ['x-signature', 'x-timestamp', 'x-id'],
    ...TIMED,
    sign: (body, secret, seconds) =>
      Promise.resolve({
        'x-signature': hmac('sha512', secret, `${seconds}.${EVENT_ID}.`, body).toString('base64url'),
        'x-timestamp': String(seconds),
        'x-id': EVENT_ID,
      }),
  },
  {
    name: 'GitLab token',
    scheme: { kind: 'gitlab' },
    secrets: TEXTS,
    header: 'x-gitlab-token',
    signed: ['x-gitlab-token'],
    ...TOKEN,
    sign: (_body, secret) => Promise.resolve({ 'x-gitlab-token': secret }),
  },
  {
    name: 'bearer',
    scheme: { kind: 'bearer' },
    secrets: TEXTS,
    header: 'authorization',
    signed: [],
    ...TOKEN,
    sign: (_body, secret) => Promise.resolve({ authorization: `Bearer ${secret}` }),
  },
  {
    name: 'basic',
    scheme: { kind: 'basic' },
    secrets: ['hook:current', 'hook:former', 'hook:foreign:ü'],
    header: 'authorization',
    signed: [],
    ...TOKEN,
    sign: (_body, secret) =>
      Promise.resolve({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` }),
  },
];

function hmac(algorithm: string, secret: string, ...parts: (string | Buffer)[]): Buffer {
  const signature = createHmac(algorithm, secret);
  for (const part of parts) signature.update(part);
  return signature.digest();
}

function signStandard(body: Buffer, secret: string, seconds: number): Promise<Record<string, string>> {
  return Promise.resolve({
    'webhook-id': EVENT_ID,
    'webhook-timestamp': String(seconds),
    'webhook-signature': new Webhook(secret).sign(EVENT_ID, new Date(seconds * 1000), body.toString()),
  });
}

/** The library has a clock of its own: whoever calls sets `Date.now` to the same time. */
function verifyStandard({ headers, body }: WebhookRequest, secret: string): Promise<boolean> {
  return refusedWhen(WebhookVerificationError, () => {
    new Webhook(secret).verify(body.toString(), headers as Record<string, string>, { jsonParse: false });
    return true;
  });
}

function renamed<T>(headers: Readonly<Record<string, T>>, from: string, to: string): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(from, to), value]));
}

async function refusedWhen(
  refusal: new (...args: never[]) => Error,
  verify: () => boolean | Promise<boolean>,
): Promise<boolean> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof refusal) return false;
    throw error;
  }
}
