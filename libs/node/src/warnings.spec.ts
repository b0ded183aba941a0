import request from 'supertest';
import type { RunningNode } from './start';
import {
  memoryStore,
  quiet,
  startMemoryMaster,
  startMemorySlave,
  untilVoting,
} from './testing/memory-cluster';

jest.setTimeout(30_000);

const NOWHERE = 'http://127.0.0.1:9';
const isRecord = ([key]: readonly [Buffer, Buffer]): boolean => key.toString('latin1', 0, 1) === 'l';

/** Codes of what is wrong with a node that is ready all the same. */
async function warningsAt({ port }: RunningNode): Promise<string[]> {
  const { body } = await request(`http://127.0.0.1:${port}`).get('/readyz').expect(200);
  expect(body).toMatchObject({ status: 'ready', reasons: [] });
  return body.warnings.map(({ code, detail }: { code: string; detail: string }) => {
    expect(detail).toMatch(/^[A-Z].{20,}\.$/);
    return code;
  });
}

describe('a node that is ready', () => {
  it('warns of nothing where nothing is wrong', async () => {
    const master = await startMemoryMaster();
    const slave = await startMemorySlave({ MASTER_URL: `http://127.0.0.1:${master.port}` });
    await untilVoting(master, 1);
    expect([await warningsAt(master), await warningsAt(slave)]).toEqual([[], []]);
    for (const { stop } of [slave, master]) await stop.run(0, quiet);
  });

  it('warns that no master was ever heard', async () => {
    const slave = await startMemorySlave({ MASTER_URL: NOWHERE });
    expect(await warningsAt(slave)).toEqual(['NO_MASTER']);
    await slave.stop.run(0, quiet);
  });

  it('warns that it lost something, as long as it has not got it again', async () => {
    const store = memoryStore('00000000000000bb');
    const master = await startMemoryMaster();
    const slave = await startMemorySlave({ MASTER_URL: `http://127.0.0.1:${master.port}` }, store);
    await untilVoting(master, 1);
    for (const n of [1, 2, 3])
      await request(`http://127.0.0.1:${slave.port}`).post('/webhook?wc=2').send({ n }).expect(200);
    for (const { stop } of [slave, master]) await stop.run(0, quiet);

    await store.log.open();
    const [key, value] = (await store.log.iterator().all()).filter(isRecord).at(-1)!;
    value.writeUInt8(value.readUInt8(30) ^ 1, 30);
    await store.log.put(key, value);
    const damaged = await startMemorySlave({ MASTER_URL: NOWHERE }, store);
    expect(await warningsAt(damaged)).toEqual(['NO_MASTER', 'LEARNER']);
    await damaged.stop.run(0, quiet);
  });
});
