import { createHmac } from 'node:crypto';
import { Secrets } from '../process/redaction';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reception, Source } from './source';
import { Sources } from './sources';
import { SourcesError } from './sources-error';
import { SOURCE_MEMBERS } from './sources-schema';

const SECRET = 'sesame-4711';
const NOW = 1_763_635_880_000;
const GITHUB = { scheme: { kind: 'github' }, secrets: [SECRET] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooklog-sources-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const readText = (text: string | Buffer, env = {}) =>
  Sources.read(Buffer.from(text as string), { env, folder, secrets: new Secrets() });
const read = (sources: object, env = {}) => readText(JSON.stringify({ sources }), env);

async function only(config: object, env = {}): Promise<Source> {
  const found = (await read({ one: config }, env)).find('one');
  if (found.kind !== 'active') throw new Error(found.kind);
  return found.source;
}

async function mistake(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SourcesError)) throw new Error(`no SourcesError but ${String(error)}`);
  expect(`${error.message} ${error.path} ${error.stack}`).not.toContain(SECRET);
  return error.message;
}

function delivery(body: string, secret = SECRET, id = 'd-1') {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    headers: { 'x-hub-signature-256': `sha256=${signature}`, 'x-github-delivery': id },
    body: Buffer.from(body),
  };
}

function slackDelivery(body: string, secret = SECRET, seconds = NOW / 1000) {
  const signature = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  return {
    headers: { 'x-slack-signature': `v0=${signature}`, 'x-slack-request-timestamp': String(seconds) },
    body: Buffer.from(body),
  };
}

describe('a sources file', () => {
  it('says which sources there are, which were, and nothing of others', async () => {
    const sources = await read({ github: GITHUB, old: { retired: true, scheme: 'whatever' } });
    expect(sources.names).toEqual(['github', 'old']);
    expect(sources.find('github')).toMatchObject({ kind: 'active', source: { name: 'github' } });
    expect(sources.find('old')).toEqual({ kind: 'retired' });
    for (const name of ['other', '', 'constructor', '__proto__']) {
      expect(sources.find(name)).toEqual({ kind: 'unknown' });
    }
  });

  it('gives each source rules that suit its sender, unless told', async () => {
    expect((await only(GITHUB)).rules).toEqual({
      writeConcern: 1,
      deadlineMs: 8000,
      onTimeout: 'accept',
      bodyBytesMax: undefined,
      quarantine: { entriesMax: 100, bytesMax: 4 * 1024 * 1024 },
    });
    const slack = await only({ scheme: { kind: 'slack' }, secrets: [SECRET] });
    expect(slack.rules).toMatchObject({ deadlineMs: 2000, onTimeout: 'refuse' });
    const told = {
      writeConcern: 'majority',
      deadlineMs: 1,
      onTimeout: 'refuse',
      bodyBytesMax: 10,
    };
    const rules = (await only({ ...GITHUB, ...told, quarantine: { entriesMax: 7 } })).rules;
    expect(rules).toMatchObject({ ...told, quarantine: { entriesMax: 7, bytesMax: 4 * 1024 * 1024 } });
  });

  it.each([
    [{ kind: 'standard-webhooks', toleranceSeconds: 60 }, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    [{ kind: 'stripe' }, SECRET],
    [{ kind: 'shopify' }, SECRET],
    [{ kind: 'gitlab' }, SECRET],
    [{ kind: 'bearer' }, SECRET],
    [{ kind: 'basic' }, `user:${SECRET}`],
    [
      {
        kind: 'hmac',
        header: 'X-Signature',
        algorithm: 'sha256',
        encoding: 'hex',
        prefix: 'v1=',
        template: '{timestamp}.{body}',
        timestampHeader: 'X-Time',
        secretEncoding: 'text',
        toleranceSeconds: 60,
      },
      SECRET,
    ],
  ])('takes the scheme %j', async (scheme, secret) => {
    await expect(read({ one: { scheme, secrets: [secret] } })).resolves.toBeDefined();
  });

  it.each([
    [`{"sources": {"a": {"secrets": ["${SECRET}" "x"]}}}`, 'the sources file is not JSON at line 1, byte 46'],
    [`{\n  "sources": ${SECRET}\n}`, 'the sources file is not JSON at line 2, byte 14'],
    ['', 'the sources file is not JSON'],
    ['"x"', 'the sources file must be object'],
    ['[]', 'the sources file must be object'],
    [
      '{"sources": {"a": {"retired": true}, "a": {}}}',
      'the sources file has a key twice in one object, or half a character',
    ],
    ['{}', '/sources is missing'],
  ])('%j is refused: %s', async (text, message) => {
    expect(await mistake(readText(text))).toBe(message);
  });

  it.each([
    [
      { GitHub: GITHUB },
      '/sources has a name that is not 1 to 64 small letters, digits, dots, underscores or hyphens',
    ],
    [{ one: SECRET }, '/sources/one must be object'],
    [{ one: {} }, '/sources/one/scheme is missing'],
    [{ one: { scheme: { kind: 'github' } } }, '/sources/one/secrets is missing'],
    [{ one: { ...GITHUB, secrets: [] } }, '/sources/one/secrets must NOT have fewer than 1 items'],
    [{ one: { ...GITHUB, secrets: SECRET } }, '/sources/one/secrets must be array'],
    [
      { one: { ...GITHUB, secrets: [SECRET, 4711] } },
      '/sources/one/secrets/1 must be a text, {"env": "NAME"} or {"file": "path"}',
    ],
    [
      { one: { ...GITHUB, secrets: [{ env: SECRET }] } },
      '/sources/one/secrets/0 must be a text, {"env": "NAME"} or {"file": "path"}',
    ],
    [
      { one: { ...GITHUB, secrets: [SECRET, `${SECRET}\n`] } },
      '/sources/one/secrets/1 cannot be used (MALFORMED_SECRET): secret 1 begins or ends with white space',
    ],
    [{ one: { ...GITHUB, scheme: { kind: SECRET } } }, '/sources/one/scheme/kind is none that is known'],
    [{ one: { ...GITHUB, scheme: {} } }, '/sources/one/scheme/kind is missing'],
    [
      { one: { ...GITHUB, scheme: { kind: 'github', secret: SECRET } } },
      '/sources/one/scheme/secret is nothing that a source has',
    ],
    [{ one: { ...GITHUB, [SECRET]: 1 } }, '/sources/one has a member that is not known'],
    [{ one: { ...GITHUB, scheme: { kind: 'hmac' } } }, '/sources/one/scheme/header is missing'],
    [
      { one: { ...GITHUB, scheme: { kind: 'hmac', header: 'x', algorithm: 'md5', encoding: 'hex' } } },
      '/sources/one/scheme/algorithm must be one of sha1,sha256,sha512',
    ],
    [
      { one: { ...GITHUB, scheme: { kind: 'slack', toleranceSeconds: 0 } } },
      '/sources/one/scheme cannot be used (INVALID_TOLERANCE): a tolerance is 1 to 86400 whole seconds',
    ],
    [
      { one: { ...GITHUB, eventId: 'id' } },
      '/sources/one/eventId must be {"header": "name"} or {"pointer": "/path"}',
    ],
    [
      { one: { ...GITHUB, eventId: { pointer: 'id' } } },
      '/sources/one/eventId cannot be used (MALFORMED_POINTER): a JSON pointer begins with a slash',
    ],
    [{ one: { ...GITHUB, handshake: { kind: 'meta' } } }, '/sources/one/handshake/verifyTokens is missing'],
    [
      { one: { ...GITHUB, handshake: { kind: 'meta', verifyTokens: [''] } } },
      '/sources/one/handshake/verifyTokens/0 cannot be used (MALFORMED_SECRET): secret 0 is empty',
    ],
    [
      { one: { ...GITHUB, writeConcern: 0 } },
      '/sources/one/writeConcern must be a number of nodes from 1, "majority" or "all"',
    ],
    [{ one: { ...GITHUB, deadlineMs: 0 } }, '/sources/one/deadlineMs must be >= 1'],
    [{ one: { ...GITHUB, onTimeout: 'retry' } }, '/sources/one/onTimeout must be one of accept,refuse'],
    [{ one: { ...GITHUB, bodyBytesMax: 1.5 } }, '/sources/one/bodyBytesMax must be integer'],
    [{ one: { ...GITHUB, rate: { perSecond: 1 } } }, '/sources/one/rate/burst is missing'],
    [
      { one: { ...GITHUB, quarantine: { entriesMax: -1 } } },
      '/sources/one/quarantine/entriesMax must be >= 0',
    ],
    [{ one: { ...GITHUB, retired: 'no' } }, '/sources/one/retired must be true or false'],
  ])('with %j is refused: %s', async (sources, message) => {
    expect(await mistake(read(sources))).toBe(message);
  });
});

describe('a secret', () => {
  it.each([
    ['as it is', SECRET],
    ['in the environment', { env: 'HOOK_SECRET' }],
    ['in a file beside the sources file', { file: 'secret' }],
    ['in a file elsewhere', { file: '/absolute' }],
  ])('may be %s', async (_where, place) => {
    writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
    const placed =
      typeof place === 'object' && 'file' in place && place.file === '/absolute'
        ? { file: join(folder, 'secret') }
        : place;
    const source = await only({ ...GITHUB, secrets: ['another', placed] }, { HOOK_SECRET: SECRET });
    expect(source.verify(delivery('{}'), NOW)).toEqual({ ok: true, secret: 1, event: undefined });
  });

  it.each([
    [{ env: 'MISSING' }, '/sources/one/secrets/0/env names a variable that is not set'],
    [{ env: 'EMPTY' }, '/sources/one/secrets/0/env names a variable that is not set'],
    [{ file: SECRET }, '/sources/one/secrets/0/file names a file that cannot be read (ENOENT)'],
    [{ file: '.' }, '/sources/one/secrets/0/file names what is no file of at most 65536 bytes of UTF-8'],
    [{ file: 'large' }, '/sources/one/secrets/0/file names what is no file of at most 65536 bytes of UTF-8'],
    [{ file: 'bytes' }, '/sources/one/secrets/0/file names what is no file of at most 65536 bytes of UTF-8'],
    [{ file: 'blank' }, '/sources/one/secrets/0 cannot be used (MALFORMED_SECRET): secret 0 is empty'],
  ])('at %j is none', async (place, message) => {
    writeFileSync(join(folder, 'large'), 'a'.repeat(65_537));
    writeFileSync(join(folder, 'bytes'), Buffer.of(0xff));
    writeFileSync(join(folder, 'blank'), '\n');
    expect(await mistake(read({ one: { ...GITHUB, secrets: [place] } }, { EMPTY: '' }))).toBe(message);
  });
});

describe('a source', () => {
  const WITH_ID = { ...GITHUB, eventId: { header: 'X-GitHub-Delivery' } };

  it('verifies, and reads the event id and whether it is signed', async () => {
    const source = await only(WITH_ID);
    const expected: Reception = { kind: 'verified', event: { id: 'd-1', signed: false } };
    expect(source.receive(delivery('{"a":1}'), NOW)).toEqual(expected);
    const signed = await only({ ...GITHUB, eventId: { pointer: '/id' } });
    expect(signed.receive(delivery('{"id":7}'), NOW)).toMatchObject({ event: { id: '7', signed: true } });
    expect((await only(GITHUB)).receive(delivery('{}'), NOW)).toEqual({ kind: 'verified', event: undefined });
  });

  it('refuses with a reason what another secret signed, or what has no event id', async () => {
    const source = await only(WITH_ID);
    const foreign = delivery('{"a":1}', 'another');
    expect(source.receive(foreign, NOW)).toMatchObject({
      kind: 'refused',
      reason: 'WRONG_SIGNATURE',
      quarantine: true,
    });
    const { headers, body } = delivery('{}');
    const without = { headers: { ...headers, 'x-github-delivery': undefined }, body };
    expect(source.receive(without, NOW)).toMatchObject({ reason: 'MISSING_EVENT_ID', quarantine: true });
  });

  it('verifies at the time that it is told: that of the receipt', async () => {
    const source = await only({ scheme: { kind: 'slack' }, secrets: [SECRET] });
    const request = slackDelivery('{}');
    expect(source.verify(request, NOW)).toMatchObject({ ok: true });
    expect(source.verify(request, NOW + 3_600_000)).toMatchObject({ ok: false, reason: 'TOO_OLD' });
  });

  it('answers the handshake of Slack once it is verified', async () => {
    const config = { scheme: { kind: 'slack' }, secrets: [SECRET] };
    const asked = '{"type":"url_verification","challenge":"abc"}';
    const source = await only({ ...config, handshake: { kind: 'slack' } });
    expect(source.receive(slackDelivery(asked), NOW)).toEqual({ kind: 'handshake', challenge: 'abc' });
    expect(source.receive(slackDelivery(asked, 'another'), NOW)).toMatchObject({
      kind: 'refused',
      reason: 'WRONG_SIGNATURE',
      quarantine: false,
    });
    expect(source.receive(slackDelivery('{"type":"event_callback"}'), NOW).kind).toBe('verified');
    expect((await only(config)).receive(slackDelivery(asked), NOW).kind).toBe('verified');
  });

  it('answers the handshake of Meta to whoever knows the verify token', async () => {
    const verifyTokens = [{ env: 'TOKEN' }];
    const source = await only({ ...GITHUB, handshake: { kind: 'meta', verifyTokens } }, { TOKEN: 'knock' });
    const asked = (token: string) =>
      new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '42' });
    expect(source.greet(asked('knock'))).toEqual({ kind: 'handshake', challenge: '42' });
    expect(source.greet(asked('other'))).toMatchObject({
      kind: 'refused',
      reason: 'WRONG_TOKEN',
      quarantine: false,
    });
    expect(source.greet(new URLSearchParams())).toBeUndefined();
    expect((await only(GITHUB)).greet(asked('knock'))).toBeUndefined();
  });

  it('has its rate used up by what is verified, and by nothing else', async () => {
    const source = await only({ ...GITHUB, rate: { perSecond: 2, burst: 3 } });
    const forged = delivery('{}', 'another');
    for (let i = 0; i < 10; i++) expect(source.receive(forged, NOW).kind).toBe('refused');
    const kinds = [1, 2, 3].map(() => source.receive(delivery('{}'), NOW).kind);
    expect(kinds).toEqual(['verified', 'verified', 'verified']);
    expect(source.receive(delivery('{}'), NOW)).toEqual({ kind: 'limited', retryAfterMs: 500 });
    expect(source.receive(delivery('{}'), NOW + 499).kind).toBe('limited');
    expect(source.receive(delivery('{}'), NOW + 500).kind).toBe('verified');
  });
});

describe('the README', () => {
  const section = readFileSync(join(__dirname, '../../README.md'), 'utf8').split('\n## Sources\n')[1] ?? '';

  it('has an example that is read', async () => {
    const example = /```json\n(.*?)```/s.exec(section)?.[1] ?? '';
    writeFileSync(join(folder, 'old'), SECRET);
    const here = example.replace('/run/secrets/github-old', join(folder, 'old'));
    const sources = await readText(here, { GITHUB_SECRET: SECRET, SLACK_SECRET: SECRET });
    expect(sources.names).toEqual(['github', 'slack', 'former-shop']);
  });

  it('names every member', () => {
    const rows = [...section.matchAll(/^\| `([a-z]\w*)`/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(SOURCE_MEMBERS.toSorted());
  });
});
