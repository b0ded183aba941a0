import { identify } from '@hooklog/object-id';
import { OrderedLog, START } from '@hooklog/ordered-log';
import { encodeAppend } from '@hooklog/sync-protocol';
import request from 'supertest';
import type { RunningNode } from './start';
import { memoryStore, quiet, startMemorySlave } from './testing/memory-cluster';

jest.setTimeout(30_000);

let slave: RunningNode;
let real: Buffer;
beforeAll(async () => {
  slave = await startMemorySlave({ MASTER_URL: 'http://127.0.0.1:9' });
  real = await appendOfAMaster(slave.log.store);
});
afterAll(() => slave.stop.run(0, quiet));

/** What a master with two entries sends to a new slave. */
async function appendOfAMaster(store: string): Promise<Buffer> {
  const log = await OrderedLog.open({ ...memoryStore('00000000000000aa'), node: 'master' });
  const epoch = await log.lead();
  for (const text of ['{"n":1}', '{"n":2}']) {
    const body = Buffer.from(text);
    const receivedAt = log.receivedAt(Date.now());
    const { key, digest } = identify(body, receivedAt);
    await log.append({ key, receivedAt, digest, kind: 'json', headers: [], body });
  }
  const records = await log.records(START);
  const previousChain = Buffer.alloc(16);
  const { cluster } = log;
  await log.close();
  const leader = { node: 'master', url: 'http://127.0.0.1:9' };
  const place = { previous: START, previousChain, commit: START };
  return encodeAppend({ store, cluster, epoch, leader, ...place, records });
}

const send = (bytes: Buffer) =>
  request(`http://127.0.0.1:${slave.port}`)
    .post('/peer/v1/append')
    .set('content-type', 'application/octet-stream')
    .buffer(true)
    .send(bytes);

describe('an append', () => {
  it('cut anywhere is refused, and nothing of it is stored', async () => {
    for (let bytes = 0; bytes < real.length; bytes += 13) {
      const answer = await send(real.subarray(0, bytes));
      expect([bytes, answer.status, JSON.parse(answer.text).code]).toEqual([bytes, 400, 'BAD_FRAME']);
      expect(slave.log.tail.position).toEqual(START);
    }
  });

  it('with bytes behind its end is refused', async () => {
    const answer = await send(Buffer.concat([real, Buffer.of(0)]));
    expect(answer.status).toBe(400);
    expect(slave.log.tail.position).toEqual(START);
  });

  it('with a flipped bit in its records is refused', async () => {
    const recordsFrom = real.length - 200;
    for (let at = recordsFrom; at < real.length; at += 17) {
      const flipped = Buffer.from(real);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at);
      const answer = await send(flipped);
      expect([at, answer.status]).toEqual([at, 400]);
      expect(slave.log.tail.position).toEqual(START);
    }
  });

  it('that is whole is taken, also twice', async () => {
    for (let time = 0; time < 2; time += 1) {
      await send(real).expect(200);
      expect(slave.log.tail.position).toEqual({ sequence: 2, n: 0 });
    }
    const all = await request(`http://127.0.0.1:${slave.port}`).get('/get-all');
    expect(all.text).toBe('[{"n":1},{"n":2}]');
  });
});
