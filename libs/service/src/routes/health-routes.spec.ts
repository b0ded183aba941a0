import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { MemoryDatabase } from '../testing/memory-database';
import { memoryStore, serveNode } from '../testing/served-node';

/** A disk that refuses one batch. */
class FailingOnce extends MemoryDatabase {
  fails = false;

  override async _batch(operations: unknown, options: unknown): Promise<void> {
    if (!this.fails) return super._batch(operations, options);
    this.fails = false;
    throw new Error('input/output error');
  }
}

describe('health', () => {
  it('says who the node is and how far its log is', async () => {
    const node = await serveNode();
    await request(node.server).post('/webhook').send({ a: 1 });
    const { body } = await request(node.server).get('/healthcheck').expect(200);
    expect(body).toMatchObject({
      status: 'ok',
      node: 'here',
      role: 'master',
      sequence: 1,
      epoch: 1,
      pending: 0,
    });
    expect(body.chain).toMatch(/^[0-9a-f]{32}$/);
    await request(node.server).get('/livez').expect(200, { status: 'alive' });
    await node.close();
  });

  it('says in one word that it is well to who takes any type, and all in JSON to who names it', async () => {
    const store = memoryStore();
    const log = new FailingOnce();
    const node = await serveNode({ store: { ...store, log } });
    const asked = (accept: string) => request(node.server).get('/healthcheck').set('accept', accept);
    for (const accept of ['*/*', 'text/plain', 'text/html,application/xml;q=0.9,*/*;q=0.8']) {
      const answer = await asked(accept).expect(200, 'HEALTHY');
      expect(answer.headers).toMatchObject({ vary: 'accept', 'content-type': 'text/plain; charset=utf-8' });
    }
    for (const accept of ['application/json', 'application/json, text/plain, */*'])
      expect((await asked(accept).expect(200)).body).toMatchObject({ status: 'ok', node: 'here' });
    log.fails = true;
    await request(node.server).post('/webhook').send({ a: 1 }).expect(503);
    await asked('*/*').expect(503, 'STORE_FAILED');
    expect((await asked('application/json').expect(503)).body).toMatchObject({ status: 'failed' });
    await node.close();
  });

  it('is ready, and knows the age of the last fsync', async () => {
    let now = Date.now();
    const node = await serveNode({ now: () => now });
    await request(node.server).post('/webhook').send({ a: 1 });
    now += 5_000;
    const { body } = await request(node.server).get('/readyz').expect(200);
    const well = { status: 'ready', reasons: [], warnings: [], lastFsyncAgeMs: 5_000, pending: 0 };
    expect(body).toMatchObject(well);
    await node.close();
  });

  it('is alive but not ready while it stops, and refuses everything else', async () => {
    const node = await serveNode();
    let finish = (): void => undefined;
    node.stop.closes('held', () => new Promise((resolve) => (finish = resolve)));
    const stopped = node.close();
    const ready = await request(node.server).get('/readyz').expect(503);
    expect(ready.body).toMatchObject({ status: 'unready', reasons: [{ code: 'STOPPING' }] });
    expect(ready.headers['retry-after']).toBeDefined();
    await request(node.server).get('/livez').expect(200);
    const refused = await request(node.server).post('/webhook').send({ a: 1 }).expect(503);
    expect(JSON.parse(refused.text).code).toBe('STOPPING');
    expect(refused.headers).toMatchObject({ connection: 'close', 'retry-after': '5' });
    finish();
    await stopped;
  });

  it('heals by being asked, since nobody sends webhooks to a node that is not ready', async () => {
    const store = memoryStore();
    const log = new FailingOnce();
    const node = await serveNode({ store: { ...store, log } });
    log.fails = true;
    await request(node.server).post('/webhook').send({ a: 1 }).expect(503);
    expect(node.log.health).toBe('failed');
    await request(node.server).get('/readyz').expect(200);
    await request(node.server).post('/webhook').send({ a: 1 }).expect(200);
    await node.close();
  });

  it('is not ready on a full disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooklog-'));
    const node = await serveNode({ folder, freeMinMib: 1_048_576 * 1024 });
    const { body } = await request(node.server).get('/readyz').expect(503);
    expect(body.reasons).toEqual([{ code: 'DISK_FULL', detail: expect.stringContaining('MiB left') }]);
    const refused = await request(node.server).post('/webhook').send({ a: 1 }).expect(503);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'DISK_FULL' });
    await request(node.server).get('/get-all').expect(200);
    expect(node.lines).toContainEqual(
      expect.objectContaining({ level: 'error', msg: expect.stringContaining('disk full') }),
    );
    await node.close();
    await rm(folder, { recursive: true });
  });

  it('is not ready while clients are refused, and names each thing that is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooklog-'));
    const node = await serveNode({
      folder,
      freeMinMib: 1_048_576 * 1024,
      overload: { lookEveryMs: 3_600_000 },
    });
    node.overload.note({ lateMs: 700, levelZeroFiles: 0 });
    const { body } = await request(node.server).get('/readyz').expect(503);
    expect(body.reasons.map(({ code }: { code: string }) => code)).toEqual(['DISK_FULL', 'OVERLOADED']);
    expect(body.reasons[1].detail).toContain('700 ms late');
    await node.close();
    await rm(folder, { recursive: true });
  });
});
