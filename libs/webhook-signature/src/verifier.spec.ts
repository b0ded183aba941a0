import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import type { Headers } from './request';
import type { HmacScheme, Scheme } from './scheme';
import { SENDERS } from './testing/senders';
import { createVerifier } from './verifier';

const SECONDS = 1_763_635_880;
const NOW = SECONDS * 1000;
const BODY = Buffer.from('{"a":1}');
const HMAC: HmacScheme = { kind: 'hmac', header: 'X-Signature', algorithm: 'sha256', encoding: 'hex' };

const reasonOf = (scheme: Scheme, secrets: readonly string[], headers: Headers, now = NOW, body = BODY) => {
  const verdict = createVerifier(scheme, secrets)({ headers, body }, now);
  return verdict.ok ? `ok ${verdict.secret}` : verdict.reason;
};
const hex = (text: string | Buffer, secret = 'secret') =>
  createHmac('sha256', secret).update(text).digest('hex');

describe('a scheme', () => {
  const secret = ['secret'];
  it.each([
    [{ kind: 'github' }, [], 'NO_SECRET'],
    [{ kind: 'github' }, [''], 'MALFORMED_SECRET'],
    [{ kind: 'github' }, ['secret', 'secret\n'], 'MALFORMED_SECRET'],
    [{ kind: 'gitlab' }, [''], 'MALFORMED_SECRET'],
    [{ kind: 'bearer' }, [' secret'], 'MALFORMED_SECRET'],
    [{ kind: 'basic' }, ['secret'], 'MALFORMED_SECRET'],
    [{ kind: 'standard-webhooks' }, ['whsec_'], 'MALFORMED_SECRET'],
    [{ kind: 'standard-webhooks' }, ['whsec_not base64'], 'MALFORMED_SECRET'],
    [{ kind: 'standard-webhooks' }, ['whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 'MALFORMED_SECRET'],
    [{ ...HMAC, secretEncoding: 'hex' }, ['secret'], 'MALFORMED_SECRET'],
    [{ ...HMAC, header: 'X Signature' }, secret, 'MALFORMED_HEADER_NAME'],
    [{ ...HMAC, prefix: 'sha256=\n' }, secret, 'MALFORMED_PREFIX'],
    [{ ...HMAC, template: 'body' }, secret, 'MALFORMED_TEMPLATE'],
    [{ ...HMAC, template: '{body}{body}' }, secret, 'MALFORMED_TEMPLATE'],
    [{ ...HMAC, template: '{{body}' }, secret, 'MALFORMED_TEMPLATE'],
    [{ ...HMAC, template: '{body}{url}' }, secret, 'MALFORMED_TEMPLATE'],
    [{ ...HMAC, template: '{timestamp}{body}' }, secret, 'MALFORMED_TEMPLATE'],
    [{ ...HMAC, timestampHeader: 'x-time' }, secret, 'MALFORMED_TEMPLATE'],
    [{ ...HMAC, template: '{header:}{body}' }, secret, 'MALFORMED_HEADER_NAME'],
    [{ ...HMAC, template: '{timestamp}{body}', timestampHeader: 'x:' }, secret, 'MALFORMED_HEADER_NAME'],
    [{ kind: 'slack', toleranceSeconds: 0 }, secret, 'INVALID_TOLERANCE'],
    [{ kind: 'stripe', toleranceSeconds: NaN }, secret, 'INVALID_TOLERANCE'],
    [{ kind: 'standard-webhooks', toleranceSeconds: 86_401 }, secret, 'INVALID_TOLERANCE'],
    [{ ...HMAC, toleranceSeconds: 0.5 }, secret, 'INVALID_TOLERANCE'],
  ] as [Scheme, string[], string][])('%j with %j is refused: %s', (scheme, secrets, code) => {
    expect(() => createVerifier(scheme, secrets)).toThrow(
      expect.objectContaining({ name: 'SchemeError', code }),
    );
  });

  it('says which secret is malformed, and not what it is', () => {
    try {
      createVerifier({ kind: 'standard-webhooks' }, [
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'top-secret!',
      ]);
      throw new Error('accepted');
    } catch (error) {
      expect(error).toMatchObject({ code: 'MALFORMED_SECRET', secret: 1 });
      expect(inspect(error)).not.toContain('top-secret!');
    }
  });

  it('has another tolerance when told', () => {
    const slack = (toleranceSeconds: number) => ({ kind: 'slack', toleranceSeconds }) as const;
    const headers = {
      'x-slack-signature': `v0=${hex(`v0:${SECONDS}:{"a":1}`)}`,
      'x-slack-request-timestamp': String(SECONDS),
    };
    const late = NOW + 10_000;
    expect(reasonOf(slack(10), ['secret'], headers, late)).toBe('ok 0');
    expect(reasonOf(slack(9), ['secret'], headers, late)).toBe('TOO_OLD');
    expect(reasonOf(slack(9), ['secret'], headers, NOW - 10_000)).toBe('TOO_NEW');
  });
});

describe('a body', () => {
  it.each([
    ['empty', Buffer.alloc(0)],
    ['binary', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['not UTF-8', Buffer.from('ff00fe', 'hex')],
    ['of a megabyte', Buffer.alloc(1_000_000, 'é')],
  ])('may be %s', (_kind, body) => {
    const headers = { 'x-hub-signature-256': `sha256=${hex(body)}` };
    expect(reasonOf({ kind: 'github' }, ['secret'], headers, NOW, body)).toBe('ok 0');
    const other = Buffer.concat([body, Buffer.of(0)]);
    expect(reasonOf({ kind: 'github' }, ['secret'], headers, NOW, other)).toBe('WRONG_SIGNATURE');
  });
});

describe('several secrets', () => {
  it('are all tried with all signatures', () => {
    const names = ['a', 'b', 'c'];
    const signature = (secret: string) => `v1=${hex(`${SECONDS}.{"a":1}`, secret)}`;
    for (const [index, name] of names.entries()) {
      for (const list of [[name], ['x', name], [name, 'x'], ['x', 'y', name]]) {
        const headers = { 'stripe-signature': [`t=${SECONDS}`, ...list.map(signature)].join() };
        expect(reasonOf({ kind: 'stripe' }, names, headers)).toBe(`ok ${index}`);
      }
    }
  });
});

describe('a signature', () => {
  const time = `t=${SECONDS}`;
  const right = hex(`${SECONDS}.{"a":1}`);
  it.each([
    ['without a time', `v1=${right}`, 'MALFORMED_HEADER'],
    ['with two times', `${time},${time},v1=${right}`, 'MALFORMED_HEADER'],
    ['with a time that is no number', `t=1e9,v1=${right}`, 'MALFORMED_HEADER'],
    ['with a time that begins with 0', `t=0${SECONDS},v1=${right}`, 'MALFORMED_HEADER'],
    ['with a negative time', `t=-1,v1=${right}`, 'MALFORMED_HEADER'],
    ['of another version', `${time},v0=${right}`, 'UNKNOWN_VERSION'],
    ['without a signature', time, 'UNKNOWN_VERSION'],
    ['that is empty', `${time},v1=`, 'MALFORMED_HEADER'],
    ['that is cut', `${time},v1=${right.slice(0, -2)}`, 'WRONG_SIGNATURE'],
    ['that is too long', `${time},v1=${right}00`, 'WRONG_SIGNATURE'],
    ['beside one that is empty', `${time},v1=,v1=${right}`, 'ok 0'],
    ['among 32', `${time}${`,v1=${'00'.repeat(32)}`.repeat(31)},v1=${right}`, 'ok 0'],
    ['among 33', `${time}${`,v1=${'00'.repeat(32)}`.repeat(32)},v1=${right}`, 'MALFORMED_HEADER'],
  ])('of Stripe %s', (_what, header, reason) => {
    expect(reasonOf({ kind: 'stripe' }, ['secret'], { 'stripe-signature': header })).toBe(reason);
  });

  it.each([
    ['sha1=', 'MALFORMED_HEADER'],
    ['', 'MALFORMED_HEADER'],
    ['SHA256=', 'MALFORMED_HEADER'],
    ['sha256= ', 'MALFORMED_HEADER'],
    ['sha256=', 'ok 0'],
  ])('of GitHub behind %j: %s', (prefix, reason) => {
    const headers = { 'x-hub-signature-256': prefix + hex(BODY) };
    expect(reasonOf({ kind: 'github' }, ['secret'], headers)).toBe(reason);
  });

  it('of Standard Webhooks is refused when the id could reach into the time and the body', async () => {
    const { scheme, secrets, sign } = SENDERS[0]!;
    const headers = await sign(Buffer.from(`${SECONDS}.x`), secrets[0], SECONDS - 1);
    const shifted = {
      ...headers,
      'webhook-id': `${headers['webhook-id']}.${SECONDS - 1}`,
      'webhook-timestamp': String(SECONDS),
    };
    expect(reasonOf(scheme, secrets, headers, NOW, Buffer.from(`${SECONDS}.x`))).toBe('ok 0');
    expect(reasonOf(scheme, secrets, shifted, NOW, Buffer.from('x'))).toBe('MALFORMED_HEADER');
  });

  it('of Standard Webhooks counts under the names that the signature header has', async () => {
    const { scheme, secrets, sign } = SENDERS[0]!;
    const headers = await sign(BODY, secrets[0], SECONDS);
    const both = { ...headers, 'svix-id': 'other', 'svix-timestamp': '0', 'svix-signature': 'v1,AA==' };
    expect(createVerifier(scheme, secrets)({ headers: both, body: BODY }, NOW)).toMatchObject({
      ok: true,
      covers: { headers: ['webhook-id', 'webhook-timestamp'] },
    });
    const mixed = { ...both, 'webhook-id': undefined };
    expect(reasonOf(scheme, secrets, mixed)).toBe('MISSING_HEADER');
  });
});

describe('a token', () => {
  it('may be any text that the sender took', () => {
    const token = 'pass phrase with ü';
    const asNodeReadsIt = Buffer.from(token).toString('latin1');
    expect(reasonOf({ kind: 'gitlab' }, ['other', token], { 'x-gitlab-token': asNodeReadsIt })).toBe('ok 1');
  });

  it.each([
    ['bearer', 'bearer  secret', 'ok 0'],
    ['bearer', 'Bearer secre', 'WRONG_TOKEN'],
    ['bearer', 'Bearer secrets', 'WRONG_TOKEN'],
    ['bearer', 'Bearer ', 'MALFORMED_HEADER'],
    ['bearer', 'Bearersecret', 'MALFORMED_HEADER'],
    ['bearer', 'Basic c2VjcmV0', 'MALFORMED_HEADER'],
    ['basic', 'basic dXNlcjpwYXNz', 'ok 1'],
    ['basic', 'Basic dXNlcjpwYXNzIQ==', 'WRONG_TOKEN'],
    ['basic', 'Basic dXNlcjpwYXN', 'MALFORMED_HEADER'],
    ['basic', 'Bearer dXNlcjpwYXNz', 'MALFORMED_HEADER'],
  ] as const)('of %s in %j: %s', (kind, authorization, reason) => {
    const secrets = kind === 'basic' ? ['user:other', 'user:pass'] : ['secret'];
    expect(reasonOf({ kind }, secrets, { authorization })).toBe(reason);
  });
});

describe('a clock', () => {
  it('that is none is a bug of the caller', async () => {
    const { scheme, secrets, sign } = SENDERS[0]!;
    const headers = await sign(BODY, secrets[0], SECONDS);
    expect(() => reasonOf(scheme, secrets, headers, NaN)).toThrow('now is ms since the epoch');
  });
});
