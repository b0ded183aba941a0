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

const at = ({ port }: RunningNode) => request(`http://127.0.0.1:${port}`);
const post = (node: RunningNode, n: number) => at(node).post('/webhook?wc=all&wtimeout=20000').send({ n });
const isRecord = (key: Buffer): boolean => key.toString('latin1', 0, 1) === 'l';

describe('a slave whose store is damaged', () => {
  let master: RunningNode;
  let slave: RunningNode;
  const store = memoryStore('00000000000000bb');
  const start = () => startMemorySlave({ MASTER_URL: `http://127.0.0.1:${master.port}` }, store);

  beforeEach(async () => {
    master = await startMemoryMaster();
    slave = await start();
    await untilVoting(master, 1);
    for (let n = 0; n < 10; n += 1) await post(master, n).expect(200);
    await slave.stop.run(1000, quiet);
  });
  afterEach(() => Promise.all([master, slave].map(({ stop }) => stop.run(0, quiet))));

  it('gives up what is behind the damage, gets it again, and counts again', async () => {
    await store.log.open();
    const rows = await store.log.iterator().all();
    const [key, value] = rows.filter(([name]) => isRecord(name)).at(-3) ?? [];
    value!.writeUInt8(value!.readUInt8(30) ^ 1, 30);
    await store.log.put(key!, value!);
    for (const [name] of rows.filter(([each]) => isRecord(each)).slice(-2)) await store.log.del(name);

    slave = await start();
    expect(slave.log.damage).toMatchObject({ removed: 1 });
    await eventually(
      () => slave.log.tail.chain.equals(master.log.tail.chain) && slave.log.incompleteUpTo === undefined,
    );
    await untilVoting(master, 1);
    expect((await at(slave).get('/healthcheck')).body).toMatchObject({ sequence: 10, incomplete: false });
    const { body } = await post(master, 10).expect(200);
    expect(body.replication).toEqual({ acknowledged: 2, required: 2 });
  });
});
