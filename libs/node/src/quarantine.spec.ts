import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import type { RunningNode } from './start';
import { type Answer, exchange } from './testing/curl';
import { quiet, startMemoryMaster } from './testing/memory-cluster';

/** What is tried at the quarantine of a node, whose entries came from anybody: raw bytes, and what came of them. */

jest.setTimeout(30_000);

const API_KEY = 'key-of-the-operator';
const SECRET = 'secret-of-the-sender';
const BODY = '{"refused":"body"}';

let folder: string;
let node: RunningNode;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hooklog-quarantine-'));
  const SOURCES = join(folder, 'sources.json');
  const github = { scheme: { kind: 'github' }, secrets: [SECRET] };
  writeFileSync(SOURCES, JSON.stringify({ sources: { github } }));
  node = await startMemoryMaster({ DATA_DIR: folder, SOURCES, API_KEY });
  const signature = createHmac('sha256', 'mistyped').update(BODY).digest('hex');
  const headers = ['content-type: application/json', `x-hub-signature-256: sha256=${signature}`];
  expect(await say('POST', '/webhook/github', headers, BODY)).toMatchObject({ status: 401 });
});
afterEach(async () => {
  await node.stop.run(0, quiet);
  rmSync(folder, { recursive: true });
});

function say(method: string, path: string, headers: readonly string[] = [], body = ''): Promise<Answer> {
  const framing = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${path} HTTP/1.1`, 'host: x', ...headers, ...framing].join('\r\n');
  return exchange(node.port, `${head}\r\n\r\n${body}`);
}

const TOKEN = `x-token: ${API_KEY}`;
const codeOf = ({ body }: Answer): string => (JSON.parse(body) as { code: string }).code;

/** What is in it, as an operator sees it. */
async function kept(): Promise<readonly object[]> {
  const { status, body } = await say('GET', '/quarantine', [TOKEN]);
  expect(status).toBe(200);
  return (JSON.parse(body) as { entries: object[] }).entries;
}

const ONE = [{ id: 1, source: 'github', reason: 'WRONG_SIGNATURE', bytes: BODY.length }];

afterEach(() => expect(node.log.tail.position.sequence).toBe(0));

describe.each([
  ['GET', '/quarantine'],
  ['POST', '/quarantine/1/verify'],
  ['DELETE', '/quarantine/1'],
])('%s %s', (method, path) => {
  it.each([
    ['nothing', [], 'TOKEN_MISSING'],
    ['a guess', ['x-token: a-guess'], 'TOKEN_WRONG'],
    ['the beginning of the key', [`x-token: ${API_KEY.slice(0, -1)}`], 'TOKEN_WRONG'],
    ['the key and a guess', [TOKEN, 'x-token: a-guess'], 'TOKEN_WRONG'],
    ['the secret of the sender', [`authorization: Bearer ${SECRET}`], 'TOKEN_WRONG'],
    ['the key as a password', [`authorization: Basic ${btoa(`x:${API_KEY}`)}`], 'TOKEN_MISSING'],
    ['the key as a cookie', [`cookie: x-token=${API_KEY}`], 'TOKEN_MISSING'],
    ['a name of the key that an object has', ['__proto__: x', 'x-token: __proto__'], 'TOKEN_WRONG'],
  ])('is closed to who shows %s', async (_what, headers, code) => {
    const answer = await say(method, path, headers);
    expect([answer.status, codeOf(answer)]).toEqual([401, code]);
    expect(await kept()).toMatchObject(ONE);
  });

  it('is closed however it is spelled', async () => {
    const spellings = [
      path.toUpperCase(),
      `${path}/`,
      `${path}?x-token=${API_KEY}`,
      `http://x${path}`,
      `/webhook/..${path}`,
      `/${path}`,
      `/.${path}`,
      path.replace('q', '%71'),
      path.replace('/quarantine', '/quarantine%2f..'),
      `/livez/..${path}`,
    ];
    const answers = await Promise.all(spellings.map((spelling) => say(method, spelling)));
    const refusals = answers.map(({ status }) => status);
    expect(refusals).toEqual([401, 401, 401, 401, 404, 404, 404, 404, 404, 404]);
    expect(await kept()).toMatchObject(ONE);
  });

  it('is nothing that a page in a browser could ask for', async () => {
    const asked = { origin: 'https://evil.test', 'access-control-request-method': method };
    const preflight = (headers: object): request.Test =>
      request(`http://127.0.0.1:${node.port}`)
        .options(path)
        .set({ ...asked, ...headers });
    const answers = [await preflight({}).expect(401), await preflight({ 'x-token': API_KEY }).expect(405)];
    for (const { headers } of answers)
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the quarantine', () => {
  it('shows to HEAD no more than to GET, and nothing without the key', async () => {
    const asked = (): request.Test => request(`http://127.0.0.1:${node.port}`).head('/quarantine');
    expect((await asked().expect(401)).text).toBeUndefined();
    const { headers, text } = await asked().set('x-token', API_KEY).expect(200);
    expect([text, headers['content-type']]).toEqual([undefined, 'application/json; charset=utf-8']);
    for (const path of ['/quarantine/1', '/quarantine/1/verify'])
      await request(`http://127.0.0.1:${node.port}`).head(path).set('x-token', API_KEY).expect(405);
  });

  it.each([
    ...['1e0', '1e3', '-1', '+1', '0x1', '01', '1.0', '1,', '0', 'NaN', 'Infinity', '__proto__', '*'],
    ...['%201', '1%20', '1%00', '%31%0a', '%EF%BC%91', '1;1', '..%2f1', '..', '1%2fverify'],
    ...['9007199254740993', '1'.repeat(15), '1'.repeat(2000)],
  ])('has nothing of the id %s', async (id) => {
    for (const [method, path] of [
      ['DELETE', `/quarantine/${id}`],
      ['POST', `/quarantine/${id}/verify`],
    ] as const) {
      const answer = await say(method, path, [TOKEN]);
      expect([answer.status, codeOf(answer)]).toEqual([404, 'UNKNOWN_QUARANTINED']);
    }
    expect(await kept()).toMatchObject(ONE);
  });

  it.each([
    ...['after=1e3', 'after=-1', 'after=0x1', 'after=', 'after=01', 'after=9007199254740993', 'after=1%00'],
    ...['after=0&after=1', `after=${'1'.repeat(2000)}`],
  ])('has no page at ?%s', async (query) => {
    const answer = await say('GET', `/quarantine?${query}`, [TOKEN]);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_CURSOR']);
  });

  it('gives nothing away of what came in it', async () => {
    const { body } = await say('GET', '/quarantine', [TOKEN]);
    for (const secret of ['refused', 'sha256=', SECRET]) expect(body).not.toContain(secret);
  });
});
