import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { serviceToken } from '@hooklog/service';
import request from 'supertest';
import type { RunningNode } from './start';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

const NOWHERE = 'http://127.0.0.1:9';

let slave: RunningNode;
const store = { current: memoryStore('00000000000000bb') };
const start = async (env: Record<string, string> = {}) => {
  slave = await startMemorySlave({ MASTER_URL: NOWHERE, ...env }, store.current);
};
beforeEach(() => {
  store.current = memoryStore('00000000000000bb');
  return start();
});
afterEach(() => slave.stop.run(0, quiet));

const at = ({ port }: { port: number }) => request(`http://127.0.0.1:${port}`);
const send = (body: object) => at(slave).post('/replicate-item').send(body);
const codeOf = ({ text }: { text: string }): string => (JSON.parse(text) as { code: string }).code;
const all = async () => (await at(slave).get('/get-all').expect(200)).body as string[];

describe('POST /replicate-item', () => {
  it('says what became of the item, and which one is missing', async () => {
    const waiting = await send({ id: 2, value: 'two' }).expect(201);
    expect(waiting.body).toEqual({ id: 2, sequence: null, duplicate: false, missing: 1 });
    const placed = await send({ id: 1, value: 'one' }).expect(201);
    expect(placed.body).toEqual({ id: 1, sequence: 1, duplicate: false, missing: 3 });
    const again = await send({ id: 2, value: 'two' }).expect(201);
    expect(again.body).toEqual({ id: 2, sequence: 2, duplicate: true, missing: 3 });
    expect(codeOf(await send({ id: 2, value: 'other' }).expect(409))).toBe('ITEM_CONFLICT');
    expect(await all()).toEqual(['one', 'two']);
  });

  it('takes the text as message, too, an empty one, and members that it does not know', async () => {
    await send({ id: 1, message: 'one', more: [1] }).expect(201);
    await send({ ID: 2, VALUE: '' }).expect(201);
    expect(await all()).toEqual(['one', '']);
  });

  it('goes on after a restart', async () => {
    for (const [id, value] of [
      [1, 'one'],
      [3, 'three'],
    ])
      await send({ id, value }).expect(201);
    await slave.stop.run(5_000, quiet);
    await start();
    expect(await all()).toEqual(['one']);
    await send({ id: 2, value: 'two' }).expect(201);
    expect(await all()).toEqual(['one', 'two', 'three']);
  });

  it.each([
    ['', 'EMPTY_BODY'],
    ['{', 'INVALID_JSON'],
    ['null', 'INVALID_ITEM'],
    ['[]', 'INVALID_ITEM'],
    ['{"value":"x"}', 'INVALID_ITEM'],
    ['{"id":0,"value":"x"}', 'INVALID_ITEM'],
    ['{"id":-1,"value":"x"}', 'INVALID_ITEM'],
    ['{"id":1.5,"value":"x"}', 'INVALID_ITEM'],
    ['{"id":"1","value":"x"}', 'INVALID_ITEM'],
    ['{"id":9007199254740993,"value":"x"}', 'INVALID_ITEM'],
    ['{"id":1}', 'INVALID_ITEM'],
    ['{"id":1,"value":17}', 'INVALID_ITEM'],
    ['{"id":1,"value":"\\udc00"}', 'INVALID_ITEM'],
  ])('refuses %j as %s', async (body, code) => {
    const sent = at(slave).post('/replicate-item').set('content-type', 'text/plain');
    const answer = await sent.set('content-length', String(body.length)).send(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
    expect(slave.log.tail.position.sequence).toBe(0);
  });

  it('is bounded like every body, and has no other method', async () => {
    await slave.stop.run(0, quiet);
    await start({ BODY_BYTES_MAX: '50' });
    expect(codeOf(await send({ id: 1, value: 'x'.repeat(50) }).expect(413))).toBe('BODY_TOO_LARGE');
    expect(codeOf(await at(slave).get('/replicate-item').expect(405))).toBe('METHOD_NOT_ALLOWED');
  });

  it('is refused without a token where there is one, and on a full disk', async () => {
    await slave.stop.run(0, quiet);
    const secrets = { API_KEY: 'key-of-clients', CLUSTER_SECRET: 'secret-of-the-cluster' };
    await start(secrets);
    await send({ id: 1, value: 'one' }).expect(401);
    for (const token of [secrets.API_KEY, serviceToken(secrets.CLUSTER_SECRET)])
      await send({ id: 1, value: 'one' }).set('x-token', token).expect(201);
    await slave.stop.run(0, quiet);
    await start({ DISK_FREE_MIN_MIB: '1048576' });
    expect(codeOf(await send({ id: 2, value: 'two' }).expect(503))).toBe('DISK_FULL');
  });

  it('makes the node the writer of its log, which promises for itself alone', async () => {
    await send({ id: 1, value: 'one' }).expect(201);
    const webhook = (wc: string) => at(slave).post(`/webhook?wc=${wc}`).send({ wc });
    expect((await webhook('1').expect(200)).body).toMatchObject({ sequence: 2 });
    expect((await webhook('all').expect(200)).body).toMatchObject({
      replication: { acknowledged: 1, required: 1 },
    });
    expect(codeOf(await webhook('2').expect(400))).toBe('CONCERN_TOO_LARGE');
  });

  it('never lets a webhook that waits for a master take this node for two', async () => {
    const waiting = at(slave).post('/webhook?wc=2&wtimeout=2000').send({ a: 1 });
    const answered = waiting.then((answer) => answer);
    await eventually(() => slave.log.pendingEntries === 1);
    await send({ id: 1, value: 'one' }).expect(201);
    expect(codeOf(await answered)).toBe('CONCERN_TIMEOUT');
    expect((await answered).status).toBe(504);
  });

  it('is refused on the slave of a master, with or without entries, and after the master has gone', async () => {
    await slave.stop.run(0, quiet);
    const master = await startMemoryMaster();
    await start({ MASTER_URL: `http://127.0.0.1:${master.port}` });
    await untilVoting(master, 1);
    await eventually(
      () => slave.log.tail.chain.equals(master.log.tail.chain) && slave.registration.registered,
    );
    const before = slave.log.tail;
    expect(codeOf(await send({ id: 1, value: 'one' }).expect(409))).toBe('IN_CLUSTER');
    await master.stop.run(0, quiet);
    await slave.stop.run(0, quiet);
    await start();
    expect(codeOf(await send({ id: 1, value: 'one' }).expect(409))).toBe('IN_CLUSTER');
    expect(slave.log.tail).toEqual(before);
    expect(await all()).toEqual([]);
  });
});

describe('DELAY', () => {
  it('makes a slave late with items', async () => {
    await slave.stop.run(0, quiet);
    await start({ DELAY: '0.2,0.4' });
    const from = performance.now();
    const answer = send({ id: 1, value: 'one' }).expect(201);
    const answered = answer.then(() => performance.now() - from);
    expect(await answered).toBeGreaterThan(290);
    expect(await all()).toEqual(['one']);
  });

  it('makes a master that waits for all late, too', async () => {
    await slave.stop.run(0, quiet);
    const master = await startMemoryMaster();
    store.current = memoryStore('00000000000000bb');
    await start({ MASTER_URL: `http://127.0.0.1:${master.port}`, DELAY: '0.2,0.2' });
    await untilVoting(master, 1);
    const from = performance.now();
    await at(master).post('/insert').send({ message: 'one' }).expect(200);
    expect(performance.now() - from).toBeGreaterThan(190);
    await master.stop.run(0, quiet);
  });

  it('ends when the slave stops', async () => {
    await slave.stop.run(0, quiet);
    await start({ DELAY: '60,60' });
    const path = `http://127.0.0.1:${slave.port}/replicate-item`;
    const sent = httpRequest(path, { method: 'POST', headers: { expect: '100-continue' } });
    const answer = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.flushHeaders();
    await once(sent, 'continue');
    sent.end('{"id":1,"value":"one"}');
    await slave.stop.run(10_000, quiet);
    expect((await answer)[0].statusCode).toBe(201);
    await start();
    expect(await all()).toEqual(['one']);
  });
});
