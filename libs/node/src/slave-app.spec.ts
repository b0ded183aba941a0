import { RequestSigner } from '@hooklog/http-peer';
import { serviceToken } from '@hooklog/service';
import request from 'supertest';
import type { RunningNode } from './start';
import { quiet, startMemorySlave } from './testing/memory-cluster';

const NOWHERE = 'http://127.0.0.1:9';
const SECRETS = { API_KEY: 'key-of-clients', CLUSTER_SECRET: 'secret-of-the-cluster', MASTER_URL: NOWHERE };
const SERVICE = serviceToken(SECRETS.CLUSTER_SECRET);
const signer = new RequestSigner(SECRETS.CLUSTER_SECRET, Date.now);

let slave: RunningNode;
const client = () => request(`http://127.0.0.1:${slave.port}`);
const codeOf = (answer: { text: string }): string => JSON.parse(answer.text).code;

describe('a slave with secrets', () => {
  beforeEach(async () => {
    slave = await startMemorySlave(SECRETS);
  });
  afterEach(() => slave.stop.run(0, quiet));

  it.each(['/webhooks', '/log', '/get-all', '/messages'])(
    'shows %s only to clients with the key',
    async (path) => {
      await client().get(path).expect(401);
      await client().get(path).set('x-token', SECRETS.API_KEY).expect(200);
    },
  );

  it.each(['/peer/v1/append', '/Peer/V1/Append', '/peer/v1/append/', '/peer/v1/promise', '/peer/v1/records'])(
    'takes %s only from nodes',
    async (path) => {
      expect(codeOf(await client().post(path).expect(401))).toBe('SIGNATURE_MISSING');
      for (const token of [SECRETS.API_KEY, SERVICE])
        expect(codeOf(await client().post(path).set('x-token', token).expect(401))).toBe('SIGNATURE_MISSING');
      const answer = await client()
        .post(path)
        .set('authorization', signer.sign('POST', path, undefined));
      expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_FRAME']);
    },
  );

  it('shows what is pending only to nodes', async () => {
    const path = `/peer/v1/pending?store=${'0'.repeat(16)}`;
    await client().get(path).expect(401);
    await client().get(path).set('x-token', SECRETS.API_KEY).expect(401);
    await client()
      .get(path)
      .set('authorization', signer.sign('GET', path, undefined))
      .expect(409);
  });

  it.each(['/master_sync', '/MASTER_SYNC'])('compares at %s with nodes and with clients', async (path) => {
    const body = JSON.stringify({ slave_range_start: 0, slave_range_end: 1, master_ids: [] });
    await client().post(path).send(body).expect(401);
    for (const token of [SERVICE, SECRETS.API_KEY])
      await client().post(path).set('x-token', token).send(body).expect(200);
  });
});

describe('a slave whose master is away', () => {
  beforeEach(async () => {
    slave = await startMemorySlave({ MASTER_URL: NOWHERE });
  });
  afterEach(() => slave.stop.run(0, quiet));

  it('takes webhooks, recognises copies, and finds them', async () => {
    const { body } = await client().post('/webhook').send({ a: 1 }).expect(200);
    expect(body).toMatchObject({
      sequence: null,
      duplicate: false,
      replication: { acknowledged: 1, required: 1 },
    });
    expect((await client().post('/webhook').send({ a: 1 }).expect(200)).body).toEqual({
      ...body,
      duplicate: true,
    });
    expect((await client().get(`/webhooks/${body.id}`).expect(200)).body).toMatchObject({
      sequence: null,
      body: { a: 1 },
    });
    expect((await client().get('/webhooks')).body.entries).toHaveLength(1);
    await client().get('/get-all').expect(200, '[]');
  });

  it('is ready, and says that it is not registered', async () => {
    const { body } = await client().get('/readyz').expect(200);
    expect(body).toMatchObject({
      status: 'ready',
      registered: false,
      lastContactAgeMs: null,
      master: NOWHERE,
    });
  });

  it.each([
    ['get', '/secondaries'],
    ['get', '/secondary/list'],
    ['delete', '/secondaries/x'],
    ['post', '/trigger_sync'],
    ['post', '/register'],
    ['post', '/demote'],
  ] as const)('says for %s %s who the master is', async (method, path) => {
    const answer = await client()[method](path).expect(421);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'NOT_MASTER', master: NOWHERE });
  });

  it.each([
    ['get', '/peer/v1/append', 'POST'],
    ['get', '/master_sync', 'POST'],
    ['post', '/peer/v1/pending', 'GET'],
    ['get', '/webhook', 'POST'],
    ['get', '/replicate-item', 'POST'],
  ] as const)('says for %s %s what is allowed', async (method, path, allow) => {
    const answer = await client()[method](path).expect(405);
    expect([codeOf(answer), answer.headers['allow']]).toEqual(['METHOD_NOT_ALLOWED', allow]);
  });

  it('has no other routes', async () => {
    expect(codeOf(await client().get('/peer/v2/append').expect(404))).toBe('UNKNOWN_ROUTE');
  });
});

describe('garbage on the routes of nodes', () => {
  beforeAll(async () => {
    slave = await startMemorySlave({ MASTER_URL: NOWHERE });
  });
  afterAll(() => slave.stop.run(0, quiet));

  /** Park and Miller's generator: the same bytes in every run. */
  function noise(seed: number, length: number): Buffer {
    let state = seed;
    return Buffer.from(Array.from({ length }, () => (state = (state * 48_271) % 0x7fff_ffff) & 0xff));
  }
  const refused = (
    answer: { status: number; headers: Record<string, string>; text: string },
    codes: string[],
  ) => {
    expect([400, 409, 413]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(codes).toContain(codeOf(answer));
    expect(slave.log.tail.position).toEqual({ sequence: 0, n: 0 });
  };

  it.each(Array.from({ length: 24 }, (_none, i) => i))('%i: an append of noise', async (i) => {
    const bytes = noise(i + 1, [0, 1, 7, 8, 63, 500, 4_096, 100_000][i % 8] ?? 0);
    if (i >= 8 && bytes.length > 0) bytes[0] = 1;
    const answer = await client()
      .post('/peer/v1/append')
      .set('content-type', 'application/octet-stream')
      .send(bytes);
    refused(answer, ['BAD_FRAME', 'DAMAGED_FRAME', 'GAP', 'DIVERGED', 'STORE_CHANGED']);
  });

  it.each([
    '',
    '{',
    '[',
    '[1',
    'null',
    '{"master_ids":["zz"]}',
    '[1,2,3]',
    '[5,9,5,8]',
    '{"slave_range_start":1}',
    '\xff\xfe',
    '"text"',
    '[{}]',
  ])('the id list %p', async (body) => {
    const answer = await client().post('/master_sync').set('content-type', 'application/json').send(body);
    refused(answer, ['BAD_ID_LIST', 'IDS_UNSORTED']);
  });

  it.each(['', '?store=x', '?store=00000000000000bb&after=-1', '?store=00000000000000bb&after=x'])(
    'pending%s',
    async (query) => {
      const answer = await client().get(`/peer/v1/pending${query}`);
      refused(answer, ['BAD_FRAME', 'STORE_CHANGED']);
    },
  );

  it('leaves a node that takes webhooks', async () => {
    await client().post('/webhook').send({ still: 'alive' }).expect(200);
  });
});
