import { createHash } from 'node:crypto';
import request from 'supertest';
import type { RunningNode } from './start';
import { exchange } from './testing/curl';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

const FOO = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';
const ALL = ['master', 'slave-1', 'slave-2'];

const at = ({ port }: { port: number }) => request(`http://127.0.0.1:${port}`);
const textsOf = async (node: { port: number }) => {
  const { data } = (await at(node).get('/messages').expect(200)).body as { data: { message: string }[] };
  return data.map(({ message }) => message);
};
const problemOf = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;

describe('messages on a master and two slaves', () => {
  let master: RunningNode;
  let slaves: RunningNode[];
  const healthy = (count: number) =>
    eventually(
      () => master.replication.secondaries().filter(({ health }) => health === 'HEALTHY').length === count,
    );

  const slave = (i: number) =>
    startMemorySlave(
      { MASTER_URL: `http://127.0.0.1:${master.port}`, NODE_ID: `slave-${i}` },
      memoryStore(`00000000000000b${i}`),
    );

  beforeEach(async () => {
    master = await startMemoryMaster();
    slaves = await Promise.all([slave(1), slave(2)]);
    await untilVoting(master, 2);
  });
  afterEach(() => Promise.all([...slaves, master].map(({ stop }) => stop.run(0, quiet))));

  it('are inserted on all members before the answer, and shown in one order', async () => {
    for (const [i, message] of ['foo', 'bar', 'foo'].entries()) {
      const { body } = await at(master).post('/insert').send({ message }).expect(200);
      expect(body).toMatchObject({
        sequence: i + 1,
        digest: createHash('sha256').update(message).digest('hex'),
        duplicate: false,
        replication: { acknowledged: 3, required: 3 },
      });
      for (const node of slaves) expect(node.log.tail.position.sequence).toBe(i + 1);
    }
    for (const node of [master, ...slaves]) {
      await at(node).get('/get-all').expect(200, '["foo","bar","foo"]');
      expect(await textsOf(node)).toEqual(['foo', 'bar', 'foo']);
    }
  });

  it.each([
    ['post', '/messages?wc=all', 201],
    ['post', '/messages/all', 200],
    ['post', '/messages/3', 200],
    ['put', '/messages?wc=3', 200],
  ] as const)('are written by %s %s, and say where they are', async (method, path, status) => {
    const { body } = await at(master)[method](path).send({ message: 'foo' }).expect(status);
    expect(body).toEqual({
      message: 'foo',
      digest: FOO,
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      key: expect.stringMatching(/^[0-9a-f]{72}$/),
      meta: {
        message_id: 1,
        registered_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        registered_to: ALL,
      },
    });
    const { data } = (await at(master).get('/messages').expect(200)).body;
    expect(data).toEqual([body]);
    for (const node of [master, ...slaves])
      await at(node).get(`/messages/${FOO}`).expect(200, { message: 'foo' });
    expect((await at(slaves[0]!).get(`/webhooks/${body.key}`).expect(200)).body.body).toBe('foo');
  });

  it('need only this node when they are posted, and a majority when they are put, unless they say so', async () => {
    await Promise.all(slaves.splice(0).map(({ stop }) => stop.run(0, quiet)));
    await healthy(0);
    for (const sent of [at(master).post('/messages'), at(master).put('/messages?wc=1')]) {
      const { body } = await sent.send({ message: 'foo' });
      expect(body.meta.registered_to).toEqual(['master']);
    }
    for (const sent of [
      at(master).post('/insert'),
      at(master).post('/messages/2'),
      at(master).post('/messages?wc=majority'),
      at(master).put('/messages'),
    ])
      expect(problemOf(await sent.send({ message: 'foo' }).expect(503))['code']).toBe('CONCERN_UNREACHABLE');
    expect(await textsOf(master)).toEqual(['foo', 'foo']);
  });

  it('are not written on a slave, which says who the master is', async () => {
    const node = at(slaves[0]!);
    for (const asked of [
      node.post('/insert'),
      node.post('/messages'),
      node.post('/messages/2'),
      node.put('/messages'),
    ])
      expect(problemOf(await asked.send({ message: 'foo' }).expect(421))).toMatchObject({
        code: 'NOT_MASTER',
        master: `http://127.0.0.1:${master.port}`,
      });
    await node.delete('/messages').expect(405);
  });
});

describe('messages on one node', () => {
  let master: RunningNode;
  const store = { current: memoryStore('00000000000000aa') };
  const start = async (env: Record<string, string> = {}) => {
    master = await startMemoryMaster(env, store.current);
  };
  beforeEach(() => {
    store.current = memoryStore('00000000000000aa');
    return start();
  });
  afterEach(() => master.stop.run(0, quiet));
  const put = (message: string) => at(master).put('/messages').send({ message });
  const sentAs = (path: string, body: string, type: string) => {
    const sent = at(master).post(path).set('content-type', type);
    return sent
      .set('content-length', String(Buffer.byteLength(body)))
      .serialize((raw) => raw as string)
      .send(body);
  };

  it('are there after a restart', async () => {
    const texts = ['foo', 'grüße 🦊', ' ', 'a\nb', '{"a":1}'];
    for (const message of texts) await put(message).expect(200);
    await master.stop.run(5_000, quiet);
    await start();
    expect(await textsOf(master)).toEqual(texts);
    for (const message of texts) {
      const digest = createHash('sha256').update(message).digest('hex');
      await at(master).get(`/messages/${digest}`).expect(200, { message });
      await at(master).get(`/messages/${digest.toUpperCase()}`).expect(200, { message });
    }
  });

  it.each([FOO, 'foo', `${FOO}0`])('are not found by %s when there is none', async (digest) => {
    const problem = problemOf(await at(master).get(`/messages/${digest}`).expect(404));
    expect(problem).toMatchObject({
      error: 'Message not found.',
      err_msg: 'Message not found',
      code: 'UNKNOWN_MESSAGE',
      status: 404,
    });
  });

  it('and webhooks of the same text are different entries', async () => {
    const webhook = () =>
      at(master).post('/webhook').set('content-type', 'text/plain').send('foo').expect(200);
    expect((await webhook()).body).toMatchObject({ digest: FOO, sequence: 1 });
    await at(master).get(`/messages/${FOO}`).expect(404);
    await put('foo').expect(200);
    await at(master).get(`/messages/${FOO}`).expect(200, { message: 'foo' });
    expect(await textsOf(master)).toEqual(['foo']);
  });

  it('of one Idempotency-Key are one entry, and another text under it is refused', async () => {
    const named = (message: string) => put(message).set('idempotency-key', 'order-17');
    const first = await named('foo').expect(200);
    expect((await named('foo').expect(200)).body).toEqual(first.body);
    expect(problemOf(await named('bar').expect(422))['code']).toBe('EVENT_ID_REUSED');
    const { body } = await at(master)
      .post('/insert')
      .set('idempotency-key', 'order-17')
      .send({ message: 'foo' });
    expect(body).toMatchObject({ sequence: 1, duplicate: true, key: first.body.key });
    expect(await textsOf(master)).toEqual(['foo']);
  });

  it.each([
    ['', 'application/json', 400, 'EMPTY_BODY'],
    ['{"message":', 'application/json', 400, 'INVALID_JSON'],
    ['"foo"', 'application/json', 400, 'INVALID_MESSAGE'],
    ['{}', 'application/json', 400, 'INVALID_MESSAGE'],
    ['{"message":""}', 'application/json', 400, 'INVALID_MESSAGE'],
    ['{"message":17}', 'application/json', 400, 'INVALID_MESSAGE'],
    ['{"message":"foo","more":1}', 'application/json', 400, 'INVALID_MESSAGE'],
    ['{"message":"\\ud800"}', 'application/json', 400, 'INVALID_MESSAGE'],
    ['message=foo', 'application/x-www-form-urlencoded', 400, 'INVALID_JSON'],
    ['{"message":"foo"}', 'application/json; charset=iso-8859-1', 415, 'UNSUPPORTED_TYPE'],
    ['{"message":"foo"}', 'text/plain;charset="UTF-16"', 415, 'UNSUPPORTED_TYPE'],
  ])('as %j of %s are refused with %i %s', async (body, type, status, code) => {
    for (const path of ['/insert', '/messages', '/messages/1']) {
      const answer = await sentAs(path, body, type);
      expect([answer.status, problemOf(answer)['code']]).toEqual([status, code]);
    }
    expect(master.log.tail.position.sequence).toBe(0);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/x-www-form-urlencoded',
    'text/plain;charset=UTF-8',
    'application/vnd.example+json; charset="utf8"',
    'nonsense',
  ])('are read as JSON, also as %s', async (type) => {
    for (const path of ['/insert', '/messages', '/messages/1'])
      expect((await sentAs(path, '{"message":"grüße"}', type)).status).toBeLessThan(300);
    expect(await textsOf(master)).toEqual(['grüße', 'grüße', 'grüße']);
  });

  it('are read as JSON without any content type', async () => {
    const head = `POST /insert HTTP/1.1\r\nhost: x\r\ncontent-length: 17\r\n\r\n`;
    expect((await exchange(master.port, `${head}{"message":"foo"}`)).status).toBe(200);
  });

  it('are inserted with the write concern of the body, if it has one', async () => {
    const insert = (writeConcern: unknown) =>
      at(master).post('/insert').send({ message: 'foo', writeConcern });
    for (const writeConcern of [0, 1]) await insert(writeConcern).expect(200);
    expect(problemOf(await insert(2).expect(400))['code']).toBe('CONCERN_TOO_LARGE');
    for (const writeConcern of [-1, 1.5, '1', null])
      expect(problemOf(await insert(writeConcern).expect(400))['code']).toBe('INVALID_MESSAGE');
    expect(await textsOf(master)).toEqual(['foo', 'foo']);
  });

  it('are refused with other write concerns, keys and methods', async () => {
    const send = (path: string) => at(master).post(path).send({ message: 'foo' });
    expect(problemOf(await send('/messages/2').expect(400))['code']).toBe('CONCERN_TOO_LARGE');
    expect(problemOf(await send('/messages/most').expect(400))['code']).toBe('INVALID_CONCERN');
    expect(problemOf(await put('foo').set('idempotency-key', 'a b').expect(400))['code']).toBe(
      'INVALID_EVENT_ID',
    );
    for (const path of ['/insert', '/messages', '/messages/1']) await at(master).delete(path).expect(405);
    expect(master.log.tail.position.sequence).toBe(0);
  });

  it('are bounded like every body, and need the key of clients', async () => {
    await master.stop.run(0, quiet);
    store.current = memoryStore('00000000000000aa');
    await start({ API_KEY: 'key-of-clients', BODY_BYTES_MAX: '50' });
    for (const path of ['/insert', '/messages', '/messages/1'])
      await at(master).post(path).send({ message: 'foo' }).expect(401);
    await at(master).get('/messages').expect(401);
    await at(master).get(`/messages/${FOO}`).expect(401);
    const send = (message: string) => put(message).set('x-token', 'key-of-clients');
    await send('foo').expect(200);
    expect(problemOf(await send('x'.repeat(50)).expect(413))['code']).toBe('BODY_TOO_LARGE');
  });
});
