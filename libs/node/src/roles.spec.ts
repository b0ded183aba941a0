import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

jest.setTimeout(60_000);

const LONG = 'wtimeout=30000';
const FIRST_TERM = 1 << 16;

let nodes: RunningNode[];
let links: HoldingProxy[];
let dataDir: string;
const stores = [memoryStore('')];

const urlOf = ({ port }: RunningNode): string => `http://127.0.0.1:${port}`;
const at = (node: RunningNode) => request(urlOf(node));
const problemOf = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;
const post = (node: RunningNode, body: object, query = '') => at(node).post(`/webhook?${query}`).send(body);
const stop = (node: RunningNode) => node.stop.run(0, quiet);
const healthOf = async (node: RunningNode) =>
  (await at(node).get('/healthcheck')).body as Record<string, unknown>;

/** The master, whose disk has a folder, and two slaves, each behind a link of its own. */
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hooklog-roles-'));
  stores.splice(0, 3, ...['aa', 'b1', 'b2'].map((id) => memoryStore(id.padStart(16, '0'))));
  links = [await HoldingProxy.start(), await HoldingProxy.start()];
  nodes = [await startMemoryMaster({ DATA_DIR: dataDir }, stores[0])];
  nodes.push(...(await Promise.all(links.map((link, i) => startSlave(link, i + 1)))));
  await untilVoting(nodes[0]!, 2);
});
afterEach(async () => {
  await Promise.all(nodes.map(stop));
  await Promise.all(links.map((link) => link.close()));
  await rm(dataDir, { recursive: true });
});

async function startSlave(link: HoldingProxy, i: number): Promise<RunningNode> {
  const settings = { MASTER_URL: urlOf(nodes[0]!), SELF_URL: link.url, NODE_ID: `slave-${i}` };
  const slave = await startMemorySlave(settings, stores[i]);
  link.target = slave.port;
  return slave;
}

async function untilEqual(count: number): Promise<void> {
  await eventually(async () => {
    const all = await Promise.all(nodes.map(healthOf));
    return all.every(
      ({ chain, sequence, pending }) => chain === all[0]?.['chain'] && sequence === count && pending === 0,
    );
  });
}

describe('POST /promote', () => {
  it('makes a slave the master, and the master a slave that says who leads', async () => {
    const [old, next, other] = nodes as [RunningNode, RunningNode, RunningNode];
    await post(old, { n: 1 }, `wc=all&${LONG}`).expect(200);
    const { body } = await at(next).post('/promote').expect(200);
    expect(body).toEqual({ epoch: FIRST_TERM, committed: true, role: 'master' });

    const master = links[0]!.url;
    await eventually(async () => (await healthOf(old))['master'] === master);
    expect(await healthOf(old)).toMatchObject({ role: 'slave', members: 3, incomplete: false });
    for (const asked of [
      at(old).post('/insert').send({ message: 'foo' }),
      at(old).put('/messages').send({ message: 'foo' }),
      at(old).get('/secondaries'),
      at(old).delete('/secondaries/slave-2'),
      at(old).post('/trigger_sync'),
      at(old)
        .post('/register')
        .send({ node: 'x', store: 'c'.repeat(16), url: 'http://127.0.0.1:9' }),
      at(old).post('/demote'),
    ])
      expect(problemOf(await asked.expect(421))).toMatchObject({ code: 'NOT_MASTER', master });

    await post(old, { n: 2 }, `wc=2&${LONG}`).expect(200);
    await at(next).post('/insert').send({ message: 'foo' }).expect(200);
    await post(other, { n: 3 }).expect(200);
    await untilEqual(4);
    const { secondaries } = (await at(next).get('/secondaries').expect(200)).body;
    expect(secondaries).toMatchObject([
      { id: 'master', health: 'HEALTHY', voting: true },
      { id: 'slave-2', health: 'HEALTHY', voting: true },
    ]);
    const again = await at(next).post('/promote').expect(200);
    expect(again.body).toEqual({ epoch: FIRST_TERM, committed: true, role: 'master' });
  });

  it('without a majority is refused, and the master goes on', async () => {
    await stop(nodes[0]!);
    await stop(nodes[2]!);
    const refused = await at(nodes[1]!).post('/promote').expect(503);
    expect(problemOf(refused)['code']).toBe('NO_QUORUM');
    expect(refused.headers['retry-after']).toBe('5');
    nodes[0] = await startMemoryMaster({ DATA_DIR: dataDir }, stores[0]);
    expect(await healthOf(nodes[0])).toMatchObject({ role: 'master' });
  });

  it('of a node that no master knows is refused', async () => {
    const stranger = await startMemorySlave({ MASTER_URL: 'http://127.0.0.1:9' });
    nodes.push(stranger);
    expect(problemOf(await at(stranger).post('/promote').expect(409))['code']).toBe('NO_VOTE');
  });

  it('tells a client that waits at the old master that its sequence is provisional', async () => {
    const [old, next] = nodes as [RunningNode, RunningNode];
    links[1]!.hold();
    const waiting = post(old, { n: 1 }, `wc=all&${LONG}`).then((answer) => answer);
    await eventually(() => old.replication.waiting === 1);
    await stop(nodes[2]!);
    await at(next).post('/promote').expect(200);
    const problem = problemOf(await waiting);
    expect(problem).toMatchObject({ code: 'CONCERN_TIMEOUT', sequence: 1, replication: { required: 3 } });
    expect(problem['detail']).toMatch(/stopped being the master/);
    await eventually(() => next.replication.reachable('majority'));
    const { body } = await post(next, { n: 1 }, `wc=majority&${LONG}`).expect(200);
    expect(body).toMatchObject({ duplicate: true, replication: { acknowledged: 2, required: 2 } });
  });

  it('makes a file at the old master that names what moved', async () => {
    const [old, next] = nodes as [RunningNode, RunningNode];
    await post(old, { n: 0 }, `wc=all&${LONG}`).expect(200);
    for (const link of links) link.hold();
    const answers = await Promise.all([1, 2, 3].map((n) => post(old, { n }).expect(200)));
    const keys = answers.map(({ body }) => (body as { key: string }).key);
    await stop(old);
    for (const link of links) {
      link.cut();
      link.release();
    }
    await at(next).post('/promote').expect(200);
    await post(next, { n: 4 }, `wc=majority&${LONG}`).expect(200);

    nodes[0] = await startMemoryMaster({ DATA_DIR: dataDir }, stores[0]);
    await untilEqual(5);
    await eventually(async () => (await readdir(dataDir)).includes('rollback'));
    const folder = join(dataDir, 'rollback');
    await eventually(async () => (await readdir(folder)).some((name) => name.endsWith('.ndjson')));
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    const moved = texts.flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const entries = moved.filter(({ type }) => type === 'entry');
    expect(entries.map(({ key }) => key).sort()).toEqual(keys.sort());
    for (const key of keys) await at(next).get(`/webhooks/${key}`).expect(200);
  });
});

describe('POST /demote', () => {
  it('leaves slaves that take webhooks, until one is promoted', async () => {
    const [old, next] = nodes as [RunningNode, RunningNode];
    await post(old, { n: 0 }, `wc=all&${LONG}`).expect(200);
    await eventually(async () => (await healthOf(old))['committed'] === 1);
    const { body } = await at(old).post('/demote').expect(200);
    expect(body).toEqual({ epoch: 1, committed: true, role: 'slave' });
    expect(problemOf(await at(old).post('/demote').expect(421))['code']).toBe('NOT_MASTER');
    expect((await post(old, { n: 1 }).expect(200)).body).toMatchObject({ sequence: null });
    await at(next).post('/promote').expect(200);
    await untilEqual(2);
  });
});

describe('without a majority', () => {
  it('a master is ready for wc=1, says so, and refuses more before there is a sequence', async () => {
    const [master] = nodes as [RunningNode];
    await stop(nodes[1]!);
    await stop(nodes[2]!);
    await eventually(async () => (await at(master).get('/readyz').expect(200)).body.quorum.healthy === 1);
    const { body } = await at(master).get('/readyz').expect(200);
    expect(body).toMatchObject({ status: 'ready', quorum: { voters: 3, healthy: 1, majority: false } });
    const refused = await post(master, { n: 1 }, 'wc=majority').expect(503);
    expect(problemOf(refused)['code']).toBe('CONCERN_UNREACHABLE');
    expect((await post(master, { n: 1 }).expect(200)).body.sequence).toBe(1);
  });

  it('one change of the voters waits for the one before', async () => {
    const [master] = nodes as [RunningNode];
    await stop(nodes[1]!);
    await stop(nodes[2]!);
    await at(master).delete('/secondaries/slave-1').expect(204);
    const refused = await at(master).delete('/secondaries/slave-2').expect(409);
    expect(problemOf(refused)['code']).toBe('MEMBERS_CHANGING');
  });
});
