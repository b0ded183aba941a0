import { request as httpRequest } from 'node:http';
import request from 'supertest';
import type { RunningNode } from './start';
import { HoldingProxy } from './testing/holding-proxy';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

const SHORT = 'wtimeout=50';
const LONG = 'wtimeout=20000';

let master: RunningNode;
let slaves: RunningNode[];
let links: HoldingProxy[];

const at = ({ port }: { port: number }) => request(`http://127.0.0.1:${port}`);
const post = (node: { port: number }, query: string, body: object) =>
  at(node).post(`/webhook?${query}`).send(body);
const problemOf = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;
const healthy = (count: number) =>
  eventually(
    () => master.replication.secondaries().filter(({ health }) => health === 'HEALTHY').length === count,
  );

/** Two slaves, each behind a link of its own. */
beforeEach(async () => {
  master = await startMemoryMaster();
  links = [await HoldingProxy.start(), await HoldingProxy.start()];
  slaves = await Promise.all(links.map((link, i) => startOne(link, i)));
  await untilVoting(master, 2);
});
afterEach(async () => {
  await Promise.all([...slaves, master].map(({ stop }) => stop.run(0, quiet)));
  await Promise.all(links.map((link) => link.close()));
});

async function startOne(link: HoldingProxy, i: number): Promise<RunningNode> {
  const MASTER_URL = `http://127.0.0.1:${master.port}`;
  const settings = { MASTER_URL, SELF_URL: link.url, NODE_ID: `slave-${i + 1}` };
  const slave = await startMemorySlave(settings, memoryStore(`00000000000000b${i + 1}`));
  link.target = slave.port;
  return slave;
}

const stopSlave = (i: number) => slaves[i]!.stop.run(0, quiet);

describe('a write concern on the master', () => {
  it.each([
    ['1', 1],
    ['2', 2],
    ['majority', 2],
    ['3', 3],
    ['all', 3],
  ])('of %s is answered when so many nodes have it', async (wc, required) => {
    const { body } = await post(master, `wc=${wc}&${LONG}`, { a: 1 }).expect(200);
    expect(body).toMatchObject({ sequence: 1, duplicate: false, replication: { required } });
    expect(body.replication.acknowledged).toBeGreaterThanOrEqual(required);
    const having = slaves.filter(({ log }) => log.tail.position.sequence >= 1);
    expect(1 + having.length).toBeGreaterThanOrEqual(required);
  });

  it('is 1 unless asked for', async () => {
    const { body } = await at(master).post('/webhook').send({ a: 1 }).expect(200);
    expect(body.replication).toEqual({ acknowledged: 1, required: 1 });
  });

  it.each([
    ['wc=0', 'INVALID_CONCERN'],
    ['wc=most', 'INVALID_CONCERN'],
    ['wc=1&wc=2', 'INVALID_CONCERN'],
    ['wc=2&wtimeout=0', 'INVALID_TIMEOUT'],
    ['wc=2&wtimeout=soon', 'INVALID_TIMEOUT'],
    ['wc=4', 'CONCERN_TOO_LARGE'],
  ])('as %s is refused with %s, and nothing is stored', async (query, code) => {
    expect(problemOf(await post(master, query, { a: 1 }).expect(400))['code']).toBe(code);
    expect(master.log.tail.position.sequence).toBe(0);
  });

  it('that cannot be met now is refused before there is a sequence', async () => {
    await stopSlave(0);
    await healthy(1);
    const refused = await post(master, 'wc=all', { a: 1 }).expect(503);
    expect(problemOf(refused)['code']).toBe('CONCERN_UNREACHABLE');
    expect(refused.headers['retry-after']).toBe('2');
    expect(master.log.tail.position.sequence).toBe(0);
    await post(master, `wc=majority&${LONG}`, { a: 1 }).expect(200);
    await stopSlave(1);
    await healthy(0);
    for (const wc of ['2', 'majority', 'all'])
      expect(problemOf(await post(master, `wc=${wc}`, { b: 1 }).expect(503))['code']).toBe(
        'CONCERN_UNREACHABLE',
      );
    await post(master, 'wc=1', { b: 1 }).expect(200);
    expect(master.log.tail.position.sequence).toBe(2);
  });

  it('that is not met in time is answered with the sequence, and a retry joins it', async () => {
    links[0]!.hold();
    const late = problemOf(await post(master, `wc=all&${SHORT}`, { a: 1 }).expect(504));
    expect(late).toMatchObject({ code: 'CONCERN_TIMEOUT', sequence: 1, replication: { required: 3 } });
    const retry = post(master, `wc=all&${LONG}`, { a: 1 });
    const answered = retry.then((answer) => answer);
    await eventually(() => master.replication.waiting === 1);
    links[0]!.release();
    expect((await answered).body).toMatchObject({
      id: late['id'],
      sequence: 1,
      duplicate: true,
      replication: { acknowledged: 3, required: 3 },
    });
    expect(master.log.tail.position.sequence).toBe(1);
    expect(master.replication.waiting).toBe(0);
  });

  it('of a message that is not met in time names the key that a retry joins it with', async () => {
    links[0]!.hold();
    const insert = (query: string) => at(master).post(`/insert?${query}`).send({ message: 'foo' });
    const late = problemOf(await insert(SHORT).expect(504));
    expect(late).toMatchObject({ code: 'CONCERN_TIMEOUT', sequence: 1, replication: { required: 3 } });
    const retry = insert(LONG).set('idempotency-key', String(late['idempotencyKey']));
    const answered = retry.then((answer) => answer);
    await eventually(() => master.replication.waiting === 1);
    links[0]!.release();
    expect((await answered).body).toMatchObject({ key: late['key'], sequence: 1, duplicate: true });
  });

  it('whose client leaves is not waited for, and its entry stays', async () => {
    links[0]!.hold();
    const headers = { 'content-type': 'application/json' };
    const path = `/webhook?wc=all&${LONG}`;
    const client = httpRequest({ port: master.port, method: 'POST', path, headers }).on(
      'error',
      () => undefined,
    );
    client.end('{"a":1}');
    await eventually(() => master.replication.waiting === 1);
    client.destroy();
    await eventually(() => master.replication.waiting === 0);
    links[0]!.release();
    await eventually(() => slaves.every(({ log }) => log.tail.position.sequence === 1));
  });
});

describe('a write concern on a slave', () => {
  it('of 2 is met when the log names the entry here', async () => {
    const slave = slaves[0]!;
    const { body } = await post(slave, `wc=2&${LONG}`, { a: 1 }).expect(200);
    expect(body).toMatchObject({
      sequence: 1,
      duplicate: false,
      replication: { acknowledged: 2, required: 2 },
    });
    expect(slave.log.pendingEntries).toBe(0);
    const again = await post(slave, `wc=2&${LONG}`, { a: 1 }).expect(200);
    expect(again.body).toEqual({ ...body, duplicate: true });
  });

  it('of 2 is met for a copy that the master has from elsewhere', async () => {
    await post(master, `wc=all&${LONG}`, { a: 1 }).expect(200);
    const [one, two] = await Promise.all(
      slaves.map((slave) => post(slave, `wc=2&${LONG}`, { b: 1 }).expect(200)),
    );
    expect([one?.body.sequence, two?.body.sequence]).toEqual([2, 2]);
  });

  it.each(['majority', 'all', '3'])('of %s is the master’s to promise', async (wc) => {
    const problem = problemOf(await post(slaves[0]!, `wc=${wc}`, { a: 1 }).expect(421));
    expect(problem).toMatchObject({ code: 'NOT_MASTER', master: `http://127.0.0.1:${master.port}` });
    expect(slaves[0]!.log.pendingEntries).toBe(0);
  });

  it('that the master does not hear of is answered as pending, and a retry joins it', async () => {
    const slave = slaves[0]!;
    links[0]!.hold();
    const late = problemOf(await post(slave, `wc=2&${SHORT}`, { a: 1 }).expect(504));
    expect(late).toMatchObject({ sequence: null, replication: { acknowledged: 1, required: 2 } });
    const answered = post(slave, `wc=2&${LONG}`, { a: 1 }).then((answer) => answer);
    links[0]!.release();
    expect((await answered).body).toMatchObject({ id: late['id'], sequence: 1, duplicate: true });
  });
});
