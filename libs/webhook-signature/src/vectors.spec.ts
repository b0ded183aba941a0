import type { Headers } from './request';
import type { Scheme } from './scheme';
import { createVerifier } from './verifier';

/** What senders and their libraries have published: where, and what is signed with which secret. */
interface Vector {
  readonly from: string;
  readonly scheme: Scheme;
  readonly secret: string;
  readonly headers: Headers;
  readonly body: string;
  readonly seconds?: number;
}

const STANDARD = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' };
const STANDARD_SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
/** event_test_signature.json of stripe-dotnet */
const STRIPE_EVENT = `{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "ii_123",
      "object": "invoiceitem",
      "amount": 1000,
      "currency": "usd",
      "customer": "cus_123",
      "date": 1533204620,
      "description": "Test Invoice Item",
      "discountable": false,
      "invoice": "in_123",
      "livemode": false,
      "metadata": {},
      "period": {
        "start": 1533204620,
        "end": 1533204620
      },
      "plan": null,
      "proration": false,
      "quantity": null,
      "subscription": null
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "invoiceitem.created"
}
`;

const VECTORS: readonly Vector[] = [
  {
    from: 'Standard Webhooks, "sign function works" in the tests of its libraries',
    scheme: { kind: 'standard-webhooks' },
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: { ...STANDARD, 'webhook-signature': STANDARD_SIGNATURE },
    body: '{"test": 2432232314}',
    seconds: 1_614_265_330,
  },
  {
    from: 'Standard Webhooks, a secret without its prefix and signatures of other secrets and versions beside it',
    scheme: { kind: 'standard-webhooks' },
    secret: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      ...STANDARD,
      'webhook-signature': [
        'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=',
        'v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=',
        STANDARD_SIGNATURE,
        'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=',
      ].join(' '),
    },
    body: '{"test": 2432232314}',
    seconds: 1_614_265_330,
  },
  {
    from: 'GitHub, "Validating webhook deliveries", test values',
    scheme: { kind: 'github' },
    secret: "It's a Secret to Everybody",
    headers: {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    body: 'Hello, World!',
  },
  {
    from: 'Stripe, EventUtilityTest of stripe-dotnet',
    scheme: { kind: 'stripe' },
    secret: 'webhook_secret',
    headers: {
      'stripe-signature':
        't=1533204620,v1=f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613,' +
        'v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef',
    },
    body: STRIPE_EVENT,
    seconds: 1_533_204_620,
  },
  {
    from: 'Shopify, TestVerifyWebhookRequest of go-shopify',
    scheme: { kind: 'shopify' },
    secret: 'hush',
    headers: { 'x-shopify-hmac-sha256': 'hMTq0K2x7oyOjoBwGYeTj5oxfnaVYXzbanUG9aajpKI=' },
    body: '"my secret message"',
  },
  {
    from: 'Shopify, sqlpage.hmac of SQLPage',
    scheme: { kind: 'shopify' },
    secret: 'test-webhook-secret',
    headers: { 'x-shopify-hmac-sha256': 'QNyObTlKbMx2qDlPF/ZOZcBqg5OgPg+2oky3zldc0Gw=' },
    body: '{"id":1234567890,"email":"customer@example.com","total_price":"123.45"}',
  },
  {
    from: 'Slack, "Verifying requests from Slack"',
    scheme: { kind: 'slack' },
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    headers: {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body:
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
      '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
      '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
      '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    seconds: 1_531_420_618,
  },
  {
    from: 'RFC 4231, test case 2 with SHA-512',
    scheme: { kind: 'hmac', header: 'X-Signature', algorithm: 'sha512', encoding: 'hex' },
    secret: 'Jefe',
    headers: {
      'x-signature':
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554' +
        '9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    },
    body: 'what do ya want for nothing?',
  },
  {
    from: 'RFC 2202, test case 1 with SHA-1',
    scheme: {
      kind: 'hmac',
      header: 'X-Signature',
      algorithm: 'sha1',
      encoding: 'hex',
      secretEncoding: 'hex',
    },
    secret: '0b'.repeat(20),
    headers: { 'x-signature': 'b617318655057264e28bc0b6fb378c8ef146be00' },
    body: 'Hi There',
  },
  {
    from: 'RFC 7617, section 2.1, in UTF-8',
    scheme: { kind: 'basic' },
    secret: 'test:123£',
    headers: { authorization: 'Basic dGVzdDoxMjPCow==' },
    body: '',
  },
  {
    from: 'RFC 6750, section 2.1',
    scheme: { kind: 'bearer' },
    secret: 'mF_9.B5f-4.1JqM',
    headers: { authorization: 'Bearer mF_9.B5f-4.1JqM' },
    body: '',
  },
];

describe('published requests', () => {
  it.each(VECTORS)('$from', ({ scheme, secret, headers, body, seconds }) => {
    const verify = createVerifier(scheme, [secret]);
    const request = { headers, body: Buffer.from(body) };
    const verdict = verify(request, (seconds ?? 0) * 1000);
    expect(verdict).toMatchObject({ ok: true, secret: 0 });
    expect('signedAt' in verdict ? verdict.signedAt : undefined).toBe(seconds && seconds * 1000);
  });
});
