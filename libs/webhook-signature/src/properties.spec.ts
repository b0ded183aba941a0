import fc from 'fast-check';
import { createEventIdReader } from './event-id';
import { createMetaHandshake, slackHandshake } from './handshake';
import { type Sender, SENDERS } from './testing/senders';
import { createVerifier } from './verifier';

const SECONDS = 1_763_635_880;
const NOW = SECONDS * 1000;
const NAMES = [...new Set(SENDERS.flatMap(({ header, signed }) => [header, ...signed]))];
/** Some that the body of every oracle may be: text, and not empty. */
const bodies = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).map((text) => Buffer.from(text));

describe.each(SENDERS.filter(({ coversBody }) => coversBody))('a request of $name', (sender) => {
  const verify = createVerifier(sender.scheme, sender.secrets);

  it('is refused when any bit of its body is another', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.nat(), async (body, at) => {
        const headers = await sender.sign(body, sender.secrets[0], SECONDS);
        expect(verify({ headers, body }, NOW)).toMatchObject({ ok: true, secret: 0 });
        expect(verify({ headers, body: flipped(body, at) }, NOW)).toMatchObject({
          reason: 'WRONG_SIGNATURE',
        });
      }),
    );
  });

  it('is refused when its body is longer, shorter, or empty', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.uint8Array({ minLength: 1, maxLength: 8 }), async (body, more) => {
        const headers = await sender.sign(body, sender.secrets[0], SECONDS);
        const others = [
          Buffer.concat([body, more]),
          Buffer.concat([more, body]),
          body.subarray(1),
          Buffer.alloc(0),
        ];
        for (const other of others) {
          expect(verify({ headers, body: other }, NOW)).toMatchObject({ reason: 'WRONG_SIGNATURE' });
        }
      }),
    );
  });

  it.each(sender.signed)('is refused when any bit of its %s is another', async (name) => {
    const body = Buffer.from('{"a":1}');
    const headers = await sender.sign(body, sender.secrets[0], SECONDS);
    const value = Buffer.from(headers[name]!, 'latin1');
    for (let bit = 0; bit < value.length * 8; bit++) {
      const other = { ...headers, [name]: flipped(value, bit).toString('latin1') };
      expect([bit, verify({ headers: other, body }, NOW).ok]).toEqual([bit, false]);
    }
  });

  it.each(sender.signed)('is refused when its %s is cut anywhere', async (name) => {
    const body = Buffer.from('{"a":1}');
    const headers = await sender.sign(body, sender.secrets[0], SECONDS);
    for (let length = 0; length < headers[name]!.length; length++) {
      const cut = { ...headers, [name]: headers[name]!.slice(0, length) };
      expect([length, verify({ headers: cut, body }, NOW).ok]).toEqual([length, false]);
    }
  });

  it('is refused without any of its signed headers', async () => {
    const body = Buffer.from('{"a":1}');
    const headers = await sender.sign(body, sender.secrets[0], SECONDS);
    for (const name of sender.signed) {
      const without = { ...headers, [name]: undefined };
      expect(verify({ headers: without, body }, NOW)).toMatchObject({ reason: 'MISSING_HEADER' });
    }
  });
});

describe('a token', () => {
  it.each(SENDERS.filter(({ coversBody }) => !coversBody))(
    'of $name is refused when any bit is another',
    async (sender) => {
      const [secret] = sender.secrets;
      const verify = createVerifier(sender.scheme, [secret]);
      for (let bit = 0; bit < secret.length * 8; bit++) {
        const headers = await sender.sign(
          Buffer.alloc(0),
          flipped(Buffer.from(secret), bit).toString('latin1'),
          SECONDS,
        );
        expect([bit, verify({ headers, body: Buffer.alloc(0) }, NOW).ok]).toEqual([bit, false]);
      }
    },
  );
});

describe('whatever a request brings', () => {
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('', 'v1,', 't=', 'sha256=', 'Bearer x', 'Basic x', String(SECONDS), `t=${SECONDS},v1=`),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  const names = fc.oneof(fc.constantFrom(...NAMES, '__proto__', 'constructor', 'toString'), fc.string());
  const requests = fc.record({
    headers: fc.dictionary(names, values, { maxKeys: 12 }),
    body: fc
      .oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      )
      .map((bytes) => Buffer.from(bytes)),
  });
  const verifiers = SENDERS.map((sender: Sender) => createVerifier(sender.scheme, sender.secrets));
  const secrets = SENDERS.flatMap((sender) => sender.secrets);
  const readers = [{ header: 'x-id' }, { header: 'constructor' }, { pointer: '/a/0' }].map(
    createEventIdReader,
  );
  const meta = createMetaHandshake(['verify-token']);

  it('is refused with a reason, and nothing throws', () => {
    fc.assert(
      fc.property(requests, (request) => {
        for (const verify of verifiers) {
          const verdict = verify(request, NOW);
          const message = verdict.ok ? 'accepted' : verdict.message;
          expect(message).toMatch(/^(the|no) .*\b(header|signature|token)/);
          for (const secret of secrets) expect(message).not.toContain(secret);
        }
        for (const read of readers) {
          const id = read(request, { body: true, headers: [] });
          expect(id.ok ? id.eventId : id.message).not.toBe('');
        }
        expect(slackHandshake(request.body)?.ok).not.toBe(true);
        expect(meta(new URLSearchParams(request.body.toString('latin1')))?.ok).not.toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused for a scheme that reads a header of an object', () => {
    const hmac = { kind: 'hmac', header: 'constructor', algorithm: 'sha256', encoding: 'hex' } as const;
    const request = { headers: {}, body: Buffer.alloc(0) };
    expect(createVerifier(hmac, ['secret'])(request, NOW)).toMatchObject({ reason: 'MISSING_HEADER' });
  });

  it('is refused without a word of the signature that was expected', async () => {
    for (const sender of SENDERS) {
      const body = Buffer.from('{"a":1}');
      const expected = await sender.sign(body, sender.secrets[0], SECONDS);
      const sent = await sender.sign(body, sender.secrets[2], SECONDS);
      const verdict = createVerifier(sender.scheme, [sender.secrets[0]])({ headers: sent, body }, NOW);
      const text = JSON.stringify(verdict);
      expect(verdict.ok).toBe(false);
      for (const part of expected[sender.header]!.split(/[=, ]/).filter((each) => each.length > 6)) {
        expect(text).not.toContain(part);
      }
    }
  });
});

/** The bytes with one bit changed, counted from the start and around. */
function flipped(bytes: Buffer, bit: number): Buffer {
  const other = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % bytes.length;
  other[at]! ^= 1 << (bit % 8);
  return other;
}
