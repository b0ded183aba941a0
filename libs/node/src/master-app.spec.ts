import { RequestSigner } from '@hooklog/http-peer';
import { serviceToken } from '@hooklog/service';
import request from 'supertest';
import type { RunningNode } from './start';
import { memoryStore, quiet, startMemoryMaster } from './testing/memory-cluster';

const SECRETS = { API_KEY: 'key-of-clients', CLUSTER_SECRET: 'secret-of-the-cluster' };
const SERVICE = serviceToken(SECRETS.CLUSTER_SECRET);
const signer = new RequestSigner(SECRETS.CLUSTER_SECRET, Date.now);
const SLAVE = { node: 'slave-1', store: '00000000000000bb', url: 'http://127.0.0.1:9' };

let master: RunningNode;
const client = () => request(`http://127.0.0.1:${master.port}`);
const codeOf = (answer: { text: string }): string => JSON.parse(answer.text).code;

describe('a master with secrets', () => {
  beforeEach(async () => {
    master = await startMemoryMaster(SECRETS);
  });
  afterEach(() => master.stop.run(0, quiet));

  it.each([
    ['get', '/webhooks'],
    ['post', '/webhooks'],
    ['get', '/webhooks/0123456789abcdef'],
    ['get', '/log'],
    ['get', '/get-all'],
    ['get', '/GET-ALL/'],
    ['get', '/secondaries'],
    ['get', '/secondary/list'],
    ['get', '/metrics'],
    ['delete', '/secondaries/slave-1'],
    ['post', '/trigger_sync'],
    ['post', '/promote'],
    ['post', '/demote'],
    ['post', '/insert'],
    ['post', '/messages'],
    ['put', '/messages'],
    ['post', '/messages/all'],
    ['get', '/messages'],
  ] as const)('shows %s %s only to clients with the key', async (method, path) => {
    expect(codeOf(await client()[method](path).expect(401))).toBe('TOKEN_MISSING');
    expect(codeOf(await client()[method](path).set('x-token', SERVICE).expect(401))).toBe('TOKEN_WRONG');
    expect((await client()[method](path).set('x-token', SECRETS.API_KEY)).status).not.toBe(401);
  });

  it('takes webhooks, and answers for its health, without a token', async () => {
    await client().post('/webhook').send({ a: 1 }).expect(200);
    for (const path of ['/livez', '/readyz', '/healthcheck']) await client().get(path).expect(200);
  });

  it('registers whoever has the secret of nodes', async () => {
    expect(codeOf(await client().post('/register').send(SLAVE).expect(401))).toBe('SIGNATURE_MISSING');
    for (const token of [SECRETS.API_KEY, SERVICE])
      expect(codeOf(await client().post('/register').set('x-token', token).send(SLAVE).expect(401))).toBe(
        'SIGNATURE_MISSING',
      );
    const signed = signer.sign('POST', '/register', Buffer.from(JSON.stringify(SLAVE)));
    const register = () => client().post('/register').set('authorization', signed).send(SLAVE);
    const answer = await register().expect(200);
    expect(answer.body).toEqual({ node: 'master', epoch: 1 });
    expect(codeOf(await register().expect(401))).toBe('REPLAYED');
  });
});

describe('a master', () => {
  beforeEach(async () => {
    master = await startMemoryMaster();
  });
  afterEach(() => master.stop.run(0, quiet));

  it('lists its members, and removes them', async () => {
    await client().get('/secondaries').expect(200, { secondaries: [] });
    await client().post('/register').send(SLAVE).expect(200);
    await client().post('/register').send(SLAVE).expect(200);
    const { body } = await client().get('/secondaries').expect(200);
    expect(body.secondaries).toMatchObject([
      { id: 'slave-1', url: SLAVE.url, health: 'UNREACHABLE', sequence: null },
    ]);
    const { data } = (await client().get('/secondary/list').expect(200)).body;
    expect(data).toMatchObject([
      { id: 'slave-1', host: '127.0.0.1', port: 9, status: 0, last_healthy_status: null },
    ]);
    await client().delete('/secondaries/slave-1').expect(204);
    await client().get('/secondaries').expect(200, { secondaries: [] });
    expect(codeOf(await client().delete('/secondaries/slave-1').expect(404))).toBe('UNKNOWN_MEMBER');
  });

  it.each([
    ['its own name', { ...SLAVE, node: 'master' }, 'SELF_REGISTRATION'],
    ['its own store', { ...SLAVE, store: '00000000000000aa' }, 'SELF_REGISTRATION'],
  ])('refuses a slave with %s', async (_what, member, code) => {
    expect(codeOf(await client().post('/register').send(member).expect(409))).toBe(code);
    await client().get('/secondaries').expect(200, { secondaries: [] });
  });

  it.each([
    '',
    '{',
    '[]',
    '{}',
    'null',
    '{"node":1}',
    '\0\0',
    `{"node":"${'x'.repeat(100_000)}"}`,
    JSON.stringify({ ...SLAVE, url: 'file:///etc' }),
  ])('refuses the registration %p and goes on', async (body) => {
    const answer = await client().post('/register').set('content-type', 'application/json').send(body);
    expect([400, 413]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    await client().post('/webhook').send({ a: 1 }).expect(200);
  });

  it('reports a sync with nobody as empty, and refuses what is no number of seconds', async () => {
    await client().post('/trigger_sync?settle=0').expect(200, { reports: [] });
    for (const settle of ['x', '-1', '1.5', '', '99999999999']) {
      expect(codeOf(await client().post(`/trigger_sync?settle=${settle}`).expect(400))).toBe(
        'INVALID_SETTLE',
      );
    }
  });

  it('reports a slave that cannot be reached', async () => {
    await client().post('/register').send(SLAVE).expect(200);
    const { body } = await client().post('/trigger_sync?settle=0').expect(200);
    expect(body.reports).toMatchObject([{ id: 'slave-1', ok: false, error: { code: 'PEER_UNREACHABLE' } }]);
  });

  it.each([
    ['get', '/trigger_sync', 'POST'],
    ['get', '/promote', 'POST'],
    ['get', '/demote', 'POST'],
    ['get', '/peer/v1/promise', 'POST'],
    ['get', '/peer/v1/records', 'POST'],
    ['post', '/secondaries', 'GET, HEAD'],
    ['post', '/secondary/list', 'GET, HEAD'],
    ['get', '/secondaries/x', 'DELETE'],
    ['get', '/register', 'POST'],
    ['get', '/insert', 'POST'],
  ] as const)('says for %s %s what is allowed', async (method, path, allow) => {
    const answer = await client()[method](path).expect(405);
    expect([codeOf(answer), answer.headers['allow']]).toEqual(['METHOD_NOT_ALLOWED', allow]);
  });

  it.each(['/', '/peer/v2/append', '/webhoo'])('has no %s', async (path) => {
    expect(codeOf(await client().post(path).expect(404))).toBe('UNKNOWN_ROUTE');
  });

  it('says what it knows of its voters, and of itself', async () => {
    const alone = { voters: 1, healthy: 1, majority: true };
    const known = {
      role: 'master',
      master: `http://127.0.0.1:${master.port}`,
      members: 1,
      incomplete: false,
    };
    expect((await client().get('/readyz').expect(200)).body).toMatchObject({ ...known, quorum: alone });
    const { body } = await client().get('/healthcheck').expect(200);
    expect(body).toMatchObject({ ...known, epoch: 1, committed: 0 });
  });
});

describe('a master that starts again', () => {
  it('has its entries and its members, in a new epoch', async () => {
    const store = memoryStore('00000000000000aa');
    master = await startMemoryMaster({}, store);
    await client().post('/register').send(SLAVE).expect(200);
    const { body } = await client().post('/webhook').send({ a: 1 }).expect(200);
    await master.stop.run(1000, quiet);
    master = await startMemoryMaster({}, store);
    await client().get(`/webhooks/${body.key}`).expect(200);
    expect((await client().get('/secondaries')).body.secondaries).toMatchObject([{ id: 'slave-1' }]);
    expect((await client().get('/healthcheck')).body).toMatchObject({
      sequence: 1,
      epoch: 2,
      role: 'master',
    });
    await master.stop.run(0, quiet);
  });
});
