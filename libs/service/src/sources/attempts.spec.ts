import { createHmac } from 'node:crypto';
import { Secrets } from '../process/redaction';
import { exchange, problemIn } from '../testing/raw-socket';
import { serveNode, type ServedNode } from '../testing/served-node';
import { Sources } from './sources';

/** What is tried at the port of a node that knows its senders: raw bytes, and what came of them. */

const SECRET = 'secret-of-the-sender';
const BODY = '{"a":1}';
const HEADER_BYTES_MAX = 4000;
/** In front of Express, and behind it. */
const DOORS = ['/webhook', '/Webhook'] as const;

let node: ServedNode;
beforeEach(async () => {
  const config = {
    github: {
      scheme: { kind: 'github' },
      secrets: [SECRET],
      eventId: { header: 'X-GitHub-Delivery' },
    },
    shop: { scheme: { kind: 'bearer' }, secrets: [SECRET] },
    old: { retired: true },
  };
  const sources = await Sources.read(Buffer.from(JSON.stringify({ sources: config })), {
    env: {},
    folder: '.',
    secrets: new Secrets(),
  });
  node = await serveNode({
    sources: { find: (name) => sources.find(name) },
    server: { headerBytesMax: HEADER_BYTES_MAX, headersMax: 30 },
  });
});
afterEach(() => node.close());

const hex = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');
const signature = (text: string) => `x-hub-signature-256: sha256=${hex(text)}`;
const DELIVERY = 'x-github-delivery: d-1';
const JSON_TYPE = 'content-type: application/json';

interface Sent {
  readonly path: string;
  readonly headers: readonly string[];
  readonly body?: string;
  readonly method?: string;
  readonly isChunked?: boolean;
}

/** Everything that the node says to it. */
function say({ path, headers, body = BODY, method = 'POST', isChunked = false }: Sent): Promise<string> {
  const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${Buffer.byteLength(body)}`;
  const head = [`${method} ${path} HTTP/1.1`, 'host: x', 'connection: close', ...headers, framing].join(
    '\r\n',
  );
  return exchange(node.port, `${head}\r\n\r\n${body}`);
}

const stored = (): number => node.log.tail.position.sequence;
const reasonIn = (said: string): unknown => (problemIn(said) as { readonly reason?: string }).reason;

/** Refused with this, nothing is stored, and nothing is said of what would have been right. */
async function refused(sent: Sent, status: number, code: string, reason?: string): Promise<void> {
  const said = await say(sent);
  expect(problemIn(said)).toMatchObject({ status, code });
  expect(reasonIn(said)).toBe(reason);
  expect(stored()).toBe(0);
  for (const secret of [SECRET, hex(BODY), hex('')]) expect(said).not.toContain(secret);
}

async function taken(sent: Sent, answer: object): Promise<void> {
  const said = await say(sent);
  expect(said).toMatch(/^HTTP\/1\.1 200 /);
  expect(JSON.parse(said.slice(said.indexOf('\r\n\r\n')))).toMatchObject(answer);
}

describe.each(DOORS)('POST %s/:source', (door) => {
  const path = `${door}/github`;

  it.each([
    ['none', [], 'MISSING_HEADER'],
    ['two, of which one is right', [signature(BODY), signature('{}')], 'DUPLICATE_HEADER'],
    ['two, of which the other one is right', [signature('{}'), signature(BODY)], 'DUPLICATE_HEADER'],
    [
      'the right one twice, spelled differently',
      [signature(BODY), signature(BODY).toUpperCase()],
      'DUPLICATE_HEADER',
    ],
    ['a list in one header', [`${signature(BODY)}, sha256=${hex('{}')}`], 'MALFORMED_HEADER'],
    ['a huge one', [`x-hub-signature-256: sha256=${'a'.repeat(3000)}`], 'WRONG_SIGNATURE'],
    ['a short one', [signature(BODY).slice(0, -2)], 'WRONG_SIGNATURE'],
    ['an empty one', ['x-hub-signature-256: sha256='], 'MALFORMED_HEADER'],
    [
      'one in capital letters and small ones',
      [`x-hub-signature-256: sha256=${hex(BODY).slice(0, 32).toUpperCase()}${hex(BODY).slice(32)}`],
      'MALFORMED_HEADER',
    ],
    [
      'one of SHA-1',
      [`x-hub-signature: sha1=${createHmac('sha1', SECRET).update(BODY).digest('hex')}`],
      'MISSING_HEADER',
    ],
    ['that of another body', [signature('{"a":2}')], 'WRONG_SIGNATURE'],
    ['that of an empty body', [signature('')], 'WRONG_SIGNATURE'],
    ['that of another spelling of the body', [signature('{"a": 1}')], 'WRONG_SIGNATURE'],
    ['one under another name', [`__proto__: sha256=${hex(BODY)}`], 'MISSING_HEADER'],
  ])('believes no signature but one: %s', async (_what, signatures, reason) => {
    const headers = [JSON_TYPE, DELIVERY, ...signatures];
    await refused({ path, headers }, 401, 'SIGNATURE_REFUSED', reason);
  });

  it('believes no signature that comes behind the body', async () => {
    const body = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n${signature(BODY)}\r\n\r\n`;
    const headers = [JSON_TYPE, DELIVERY, 'trailer: x-hub-signature-256'];
    await refused({ path, headers, body, isChunked: true }, 401, 'SIGNATURE_REFUSED', 'MISSING_HEADER');
  });

  it('refuses headers that are too large before it looks at a signature', async () => {
    const headers = [DELIVERY, `x-hub-signature-256: sha256=${'a'.repeat(HEADER_BYTES_MAX)}`];
    await refused({ path, headers }, 431, 'HEADERS_TOO_LARGE');
  });

  it.each([
    ['two', ['x-github-delivery: d-1', 'X-GitHub-Delivery: d-2'], 'MALFORMED_EVENT_ID'],
    ['none', [], 'MISSING_EVENT_ID'],
    ['an empty one', ['x-github-delivery:'], 'MALFORMED_EVENT_ID'],
    ['one that is too long', [`x-github-delivery: ${'d'.repeat(256)}`], 'MALFORMED_EVENT_ID'],
    ['one with letters beyond ASCII', ['x-github-delivery: d-é'], 'MALFORMED_EVENT_ID'],
  ])('takes no event without one id: %s', async (_what, ids, reason) => {
    await refused({ path, headers: [signature(BODY), ...ids] }, 400, 'EVENT_ID_REFUSED', reason);
  });

  it.each([
    ['/..%2f', 404, 'UNKNOWN_SOURCE'],
    ['/..%2fgithub', 404, 'UNKNOWN_SOURCE'],
    ['/../webhooks', 404, 'UNKNOWN_ROUTE'],
    ['/%2e%2e/webhooks', 404, 'UNKNOWN_ROUTE'],
    ['/GitHub', 404, 'UNKNOWN_SOURCE'],
    ['/github%00', 404, 'UNKNOWN_SOURCE'],
    ['/github%2f', 404, 'UNKNOWN_SOURCE'],
    ['/github;x=1', 404, 'UNKNOWN_SOURCE'],
    ['/github/more', 404, 'UNKNOWN_ROUTE'],
    ['//github', 404, 'UNKNOWN_ROUTE'],
    ['/%ff', 400, 'MALFORMED_REQUEST'],
    ['/__proto__', 404, 'UNKNOWN_SOURCE'],
    ['/constructor', 404, 'UNKNOWN_SOURCE'],
    ['/toString', 404, 'UNKNOWN_SOURCE'],
    ['/old', 410, 'RETIRED_SOURCE'],
    ['', 404, 'UNKNOWN_SOURCE'],
    ['?source=github', 404, 'UNKNOWN_SOURCE'],
  ])('knows no source at %s', async (rest, status, code) => {
    const headers = [JSON_TYPE, DELIVERY, signature(BODY)];
    await refused({ path: `${door}${rest}`, headers }, status, code);
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET'])('takes nothing as %s', async (method) => {
    const headers = [JSON_TYPE, DELIVERY, signature(BODY)];
    await refused({ path, headers, method }, 405, 'METHOD_NOT_ALLOWED');
  });

  it('is not led by what the query or other headers say', async () => {
    const headers = [
      JSON_TYPE,
      DELIVERY,
      'x-http-method-override: GET',
      'x-original-url: /log',
      '__proto__: a',
    ];
    await taken(
      { path: `${path}?wc=all&source=shop`, headers: [...headers, signature(BODY)] },
      { sequence: 1, source: 'github', eventId: 'd-1', flags: [] },
    );
  });

  it('keeps what was signed once and comes again under another id, and says so', async () => {
    const send = (id: string, body: string) => ({
      path,
      headers: [JSON_TYPE, `x-github-delivery: ${id}`, signature(body)],
      body,
    });
    await taken(send('d-1', BODY), { sequence: 1, duplicate: false, flags: [] });
    await taken(send('d-2', BODY), { sequence: 2, duplicate: false, flags: ['BODY_SEEN'] });
    await taken(send('d-1', '{"a":2}'), { sequence: 3, duplicate: false, flags: ['ID_REUSED'] });
    // the true one is kept out by none of them
    await taken(send('d-1', BODY), { sequence: 1, duplicate: true, flags: [] });
  });

  it('takes a body in chunks for what it is as a whole', async () => {
    const headers = [JSON_TYPE, DELIVERY, signature(BODY)];
    await taken({ path, headers }, { sequence: 1, duplicate: false });
    const body = `1\r\n{\r\n${(BODY.length - 1).toString(16)};x=y\r\n${BODY.slice(1)}\r\n0\r\n\r\n`;
    await taken({ path, headers, body, isChunked: true }, { sequence: 1, duplicate: true });
  });

  it('takes a form of a browser only if it is signed, and then as the bytes that it is', async () => {
    const type = 'content-type: application/x-www-form-urlencoded';
    const body = 'payload=%7B%22a%22%3A1%7D';
    await refused({ path, headers: [type, DELIVERY], body }, 401, 'SIGNATURE_REFUSED', 'MISSING_HEADER');
    await taken({ path, headers: [type, DELIVERY, signature(body)], body }, { sequence: 1, flags: [] });
    for await (const entry of node.log.entries(0))
      expect([entry.kind, entry.body.toString()]).toEqual(['bytes', body]);
  });

  it('takes no empty body, signed or not', async () => {
    await refused({ path, headers: [DELIVERY, signature('')], body: '' }, 400, 'EMPTY_BODY');
  });

  it.each([
    [
      'two tokens, of which one is right',
      ['authorization: Bearer guess', `authorization: Bearer ${SECRET}`],
      'DUPLICATE_HEADER',
    ],
    [
      'the right one first',
      [`authorization: Bearer ${SECRET}`, 'authorization: Bearer guess'],
      'DUPLICATE_HEADER',
    ],
    ['the beginning of it', [`authorization: Bearer ${SECRET.slice(0, -1)}`], 'WRONG_TOKEN'],
    [
      'it as a password',
      [`authorization: Basic ${Buffer.from(`x:${SECRET}`).toString('base64')}`],
      'MALFORMED_HEADER',
    ],
  ])('believes no token but one: %s', async (_what, headers, reason) => {
    await refused({ path: `${door}/shop`, headers }, 401, 'SIGNATURE_REFUSED', reason);
  });
});
