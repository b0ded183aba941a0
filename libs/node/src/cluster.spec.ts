import request from 'supertest';
import {
  eventually,
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

type Running = {
  readonly port: number;
  readonly stop: { run(graceMs: number, logger: typeof quiet): Promise<void> };
};

let nodes: Running[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map(({ stop }) => stop.run(0, quiet)));
});

async function started<T extends Running>(starting: Promise<T>): Promise<T> {
  const node = await starting;
  nodes.push(node);
  return node;
}

async function stopped(node: Running): Promise<void> {
  nodes = nodes.filter((one) => one !== node);
  await node.stop.run(5_000, quiet);
}

const urlOf = ({ port }: Running): string => `http://127.0.0.1:${port}`;
const at = (node: Running) => request(urlOf(node));
const getAll = async (node: Running): Promise<string> => (await at(node).get('/get-all').expect(200)).text;
const post = async (node: Running, body: object | string) => {
  const answer = await at(node)
    .post('/webhook')
    .set('content-type', 'application/json')
    .send(body)
    .expect(200);
  return answer.body as {
    id: string;
    key: string;
    digest: string;
    sequence: number | null;
    duplicate: boolean;
  };
};

async function startCluster(settings: Record<string, string> = {}) {
  const master = await started(startMemoryMaster(settings));
  const MASTER_URL = urlOf(master);
  const common = {
    MASTER_URL,
    ...(settings['CLUSTER_SECRET'] ? { CLUSTER_SECRET: settings['CLUSTER_SECRET'] } : {}),
  };
  const one = await started(
    startMemorySlave({ ...common, NODE_ID: 'slave-1' }, memoryStore('00000000000000b1')),
  );
  const two = await started(
    startMemorySlave({ ...common, NODE_ID: 'slave-2' }, memoryStore('00000000000000b2')),
  );
  return { master, one, two };
}

async function agreeOn(count: number, ...all: Running[]): Promise<string> {
  const chains = async () => Promise.all(all.map(async (node) => (await at(node).get('/healthcheck')).body));
  await eventually(async () => {
    const [first, ...others] = await chains();
    return (
      first.sequence === count &&
      first.pending === 0 &&
      others.every((one) => one.chain === first.chain && one.pending === 0)
    );
  });
  const texts = await Promise.all(all.map(getAll));
  expect(new Set(texts).size).toBe(1);
  return texts[0] ?? '';
}

describe('a master and two slaves', () => {
  it('show webhooks taken by any of them in one order', async () => {
    const { master, one, two } = await startCluster({ CLUSTER_SECRET: 'secret-of-the-cluster' });
    const answers = [];
    for (let n = 0; n < 15; n += 1) answers.push(await post([master, one, two][n % 3] ?? master, { n }));
    const all = JSON.parse(await agreeOn(15, master, one, two)) as { n: number }[];
    expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(answers.map((_answer, n) => n));
    for (const { id, key, digest } of answers) {
      for (const node of [master, one, two]) {
        expect((await at(node).get(`/webhooks/${key}`).expect(200)).body).toMatchObject({ id, key, digest });
      }
    }
    const { body } = await at(master).get('/secondaries').expect(200);
    expect(body.secondaries).toMatchObject([
      { id: 'slave-1', health: 'HEALTHY' },
      { id: 'slave-2', health: 'HEALTHY' },
    ]);
    expect((await at(one).get('/readyz')).body).toMatchObject({ registered: true, pending: 0 });
  });

  it('make one entry of 64 copies at once', async () => {
    const { master, one, two } = await startCluster();
    const targets = Array.from({ length: 64 }, (_none, i) => [master, one, two][i % 3] ?? master);
    const spell = (i: number): string =>
      i % 2 === 0 ? '{"x":[1,2],"y":"é"}' : '{"y":"\\u00e9", "x":[1.0,2e0]}';
    const answers = await Promise.all(targets.map((node, i) => post(node, spell(i))));
    expect(new Set(answers.map(({ digest }) => digest)).size).toBe(1);
    await agreeOn(1, master, one, two);
    for (const node of [master, one, two]) {
      const entries = await Promise.all(
        [...new Set(answers.map(({ key }) => key))]
          .flatMap((key) => [key, key.slice(0, 16)])
          .map((id) => at(node).get(`/webhooks/${id}`).expect(200)),
      );
      expect(new Set(entries.map(({ body }) => body.key)).size).toBe(1);
      expect(entries[0]?.body.sequence).toBe(1);
    }
    expect(await post(two, spell(1))).toMatchObject({ duplicate: true, sequence: 1 });
  });

  it.each([
    ['collect alone', { COLLECT: 'on' }, false],
    ['reconciling alone', { COLLECT: 'off' }, true],
  ])('bring every entry home by %s', async (_what, settings, trigger) => {
    const { master, one, two } = await startCluster(settings);
    for (let n = 0; n < 10; n += 1) await post(n % 2 === 0 ? one : two, { n });
    await eventually(async () => (await at(master).get('/secondaries')).body.secondaries.length === 2);
    if (trigger) {
      const { body } = await at(master).post('/trigger_sync?settle=0').expect(200);
      expect(body.reports).toMatchObject([
        { id: 'slave-1', ok: true, appended: 5 },
        { id: 'slave-2', ok: true, appended: 5 },
      ]);
    }
    await agreeOn(10, master, one, two);
  });
});

describe('a slave', () => {
  it('takes webhooks while the master is away, and hands them over when it is back', async () => {
    const masterStore = memoryStore('00000000000000aa');
    const first = await started(startMemoryMaster({}, masterStore));
    const slave = await started(startMemorySlave({ MASTER_URL: urlOf(first) }));
    await post(first, { n: 0 });
    await agreeOn(1, first, slave);
    await stopped(first);
    const taken = [await post(slave, { n: 1 }), await post(slave, { n: 2 })];
    expect(taken.map(({ sequence }) => sequence)).toEqual([null, null]);
    expect(await post(slave, { n: 0 })).toMatchObject({ duplicate: true, sequence: 1 });
    const again = await started(startMemoryMaster({ PORT: String(first.port) }, masterStore));
    expect(await agreeOn(3, again, slave)).toBe('[{"n":0},{"n":1},{"n":2}]');
    for (const { id } of taken) await at(again).get(`/webhooks/${id}`).expect(200);
  });

  it('that starts again has its log, and registers again', async () => {
    const master = await started(startMemoryMaster());
    const slaveStore = memoryStore('00000000000000bb');
    const first = await started(startMemorySlave({ MASTER_URL: urlOf(master) }, slaveStore));
    await post(first, { n: 0 });
    await agreeOn(1, master, first);
    await stopped(first);
    await post(master, { n: 1 });
    const again = await started(startMemorySlave({ MASTER_URL: urlOf(master) }, slaveStore));
    expect(again.port).not.toBe(first.port);
    await agreeOn(2, master, again);
    const { body } = await at(master).get('/secondaries');
    expect(body.secondaries).toMatchObject([{ id: 'slave', url: urlOf(again), health: 'HEALTHY' }]);
  });

  it('stops while its master reads its live stream', async () => {
    const master = await started(startMemoryMaster());
    const slave = await started(startMemorySlave({ MASTER_URL: urlOf(master) }));
    await post(slave, { n: 0 });
    await agreeOn(1, master, slave);
    const before = Date.now();
    await stopped(slave);
    expect(Date.now() - before).toBeLessThan(4_000);
    await eventually(
      async () => (await at(master).get('/secondaries')).body.secondaries[0].health === 'UNREACHABLE',
    );
    await post(master, { n: 1 });
  });

  it('with another secret is refused, and still takes webhooks', async () => {
    const master = await started(startMemoryMaster({ CLUSTER_SECRET: 'secret-of-the-cluster' }));
    const slave = await started(
      startMemorySlave({ MASTER_URL: urlOf(master), CLUSTER_SECRET: 'another-secret' }),
    );
    await post(slave, { n: 0 });
    expect((await at(slave).get('/readyz').expect(200)).body).toMatchObject({
      registered: false,
      pending: 1,
    });
    await at(master).get('/secondaries').expect(200, { secondaries: [] });
  });

  it('that names itself as the master’s node is refused', async () => {
    const master = await started(startMemoryMaster());
    const slave = await started(startMemorySlave({ MASTER_URL: urlOf(master), NODE_ID: 'master' }));
    await post(slave, { n: 0 });
    expect((await at(slave).get('/readyz').expect(200)).body).toMatchObject({ registered: false });
    await at(master).get('/secondaries').expect(200, { secondaries: [] });
  });
});
