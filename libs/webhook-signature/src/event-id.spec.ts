import { createEventIdReader, type EventIdRule } from './event-id';
import { createVerifier } from './verifier';
import { SENDERS } from './testing/senders';

const SIGNED = { body: true, headers: ['x-id'] };
const UNSIGNED = { body: false, headers: [] };

const inBody = (body: string | Buffer, pointer = '/id') =>
  createEventIdReader({ pointer })({ headers: {}, body: Buffer.from(body as string) }, SIGNED);
const inHeader = (value: string | string[] | undefined) =>
  createEventIdReader({ header: 'X-Id' })({ headers: { 'x-id': value }, body: Buffer.alloc(0) }, SIGNED);

describe('an event id in the body', () => {
  it.each([
    ['{"id":"evt_1"}', 'evt_1'],
    ['{"id":"Grüße 世界 🌍"}', 'Grüße 世界 🌍'],
    ['{"id":"\\u0065vt"}', 'evt'],
    ['{"id":12}', '12'],
    ['{"id":-12}', '-12'],
    ['{"id":0}', '0'],
    ['{"id":9007199254740993}', '9007199254740993'],
    ['{"id":123456789012345678901234567890}', '123456789012345678901234567890'],
  ])('of %s is read without loss', (body, eventId) => {
    expect(inBody(body)).toEqual({ ok: true, eventId, signed: true });
  });

  it('is found at any depth', () => {
    expect(inBody('{"data":[{},{"a/b":"x"}]}', '/data/1/a~1b')).toMatchObject({ eventId: 'x' });
  });

  it.each([
    ['', 'BODY_NOT_JSON'],
    ['id=1', 'BODY_NOT_JSON'],
    ['{"id":"\\ud83d"}', 'MALFORMED_EVENT_ID'],
    ['{"id":""}', 'MALFORMED_EVENT_ID'],
    ['{"id":"a\\u0000b"}', 'MALFORMED_EVENT_ID'],
    ['{"id":"a\\nb"}', 'MALFORMED_EVENT_ID'],
    [`{"id":"${'a'.repeat(256)}"}`, 'MALFORMED_EVENT_ID'],
    [`{"id":"${'é'.repeat(128)}"}`, 'MALFORMED_EVENT_ID'],
    [`{"id":${'1'.repeat(256)}}`, 'MALFORMED_EVENT_ID'],
    ['{"id":1.5}', 'MALFORMED_EVENT_ID'],
    ['{"id":1e3}', 'MALFORMED_EVENT_ID'],
    ['{"id":-0}', 'MALFORMED_EVENT_ID'],
    ['{"id":true}', 'MALFORMED_EVENT_ID'],
    ['{"id":null}', 'MALFORMED_EVENT_ID'],
    ['{"id":{"id":1}}', 'MALFORMED_EVENT_ID'],
    ['{"ID":1}', 'MISSING_EVENT_ID'],
    ['[]', 'MISSING_EVENT_ID'],
    ['"id"', 'MISSING_EVENT_ID'],
    ['{"id":1,"id":1}', 'AMBIGUOUS_EVENT_ID'],
  ])('of %s is refused', (body, reason) => {
    expect(inBody(body)).toMatchObject({ ok: false, reason });
  });
});

describe('an event id in a header', () => {
  it('is read as it is', () => {
    expect(inHeader('72d3162e-cc78-11e3-81ab-4c9367dc0958')).toEqual({
      ok: true,
      eventId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      signed: true,
    });
  });

  it.each([
    [undefined, 'MISSING_EVENT_ID'],
    ['', 'MALFORMED_EVENT_ID'],
    ['a b', 'MALFORMED_EVENT_ID'],
    ['a, a', 'MALFORMED_EVENT_ID'],
    ['\u00e9', 'MALFORMED_EVENT_ID'],
    ['a'.repeat(256), 'MALFORMED_EVENT_ID'],
    [['a', 'a'], 'MALFORMED_EVENT_ID'],
  ])('is refused when it is %j', (value, reason) => {
    expect(inHeader(value)).toMatchObject({ ok: false, reason });
  });
});

describe('an event id', () => {
  it.each([{ header: 'x-other' }, { pointer: '/id' }] as EventIdRule[])(
    '%j is unsigned when nothing covers it',
    (rule) => {
      const request = { headers: { 'x-other': 'a' }, body: Buffer.from('{"id":"a"}') };
      const covers = 'pointer' in rule ? UNSIGNED : SIGNED;
      expect(createEventIdReader(rule)(request, covers)).toEqual({ ok: true, eventId: 'a', signed: false });
    },
  );

  it.each([
    ['Standard Webhooks', { header: 'Webhook-Id' }, true],
    ['Standard Webhooks', { header: 'svix-id' }, false],
    ['Svix', { header: 'svix-id' }, true],
    ['GitHub', { header: 'X-GitHub-Delivery' }, false],
    ['Stripe', { pointer: '/id' }, true],
    ['Shopify', { header: 'X-Shopify-Webhook-Id' }, false],
    ['Slack', { pointer: '/id' }, true],
    ['generic HMAC over the body', { header: 'x-id' }, false],
    ['generic HMAC over a time, an id and the body', { header: 'x-id' }, true],
    ['GitLab token', { pointer: '/id' }, false],
    ['bearer', { pointer: '/id' }, false],
    ['basic', { pointer: '/id' }, false],
  ] as const)('of %s in %j: signed %s', async (name, rule, signed) => {
    const sender = SENDERS.find((each) => each.name === name)!;
    const body = Buffer.from('{"id":"a"}');
    const sent = await sender.sign(body, sender.secrets[0], 1);
    const more = 'header' in rule ? { [rule.header.toLowerCase()]: 'a' } : {};
    const request = { headers: { ...more, ...sent }, body };
    const verdict = createVerifier(sender.scheme, sender.secrets)(request, 1000);
    expect(verdict.ok && createEventIdReader(rule)(request, verdict.covers)).toMatchObject({
      ok: true,
      signed,
    });
  });

  it.each([
    [{ header: '' }, 'MALFORMED_HEADER_NAME'],
    [{ header: 'x id' }, 'MALFORMED_HEADER_NAME'],
    [{ pointer: 'id' }, 'MALFORMED_POINTER'],
    [{ pointer: '' }, 'MALFORMED_POINTER'],
  ])('has no rule %j', (rule, code) => {
    expect(() => createEventIdReader(rule)).toThrow(expect.objectContaining({ code }));
  });
});
