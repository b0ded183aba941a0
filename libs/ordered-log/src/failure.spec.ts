import { entriesOf, namesOf, NOON, replicate, webhook } from './conformance/webhooks';
import { rowsOf } from './conformance/rows';
import { OrderedLog } from './index';
import { type Fault, FaultyLevel } from './testing/faulty';
import { disagreements } from './testing/agreement';
import { emptyMemory } from './testing/memory';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };
const STORE_FAILED = { code: 'STORE_FAILED' };

describe.each<Fault>(['before', 'after'])('a write that fails %s it took effect', (fault) => {
  let database: FaultyLevel;
  let index: FaultyLevel;
  let log: OrderedLog;

  beforeEach(async () => {
    [database, index] = [new FaultyLevel(), new FaultyLevel()];
    database.fault = fault;
    log = await OrderedLog.open({ ...OPTIONS, log: database, index });
    await log.lead();
  });

  afterEach(async () => {
    await log.close();
    expect([database.writesInDoubt, index.writesInDoubt]).toEqual([0, 0]);
  });

  const stored = fault === 'after' ? ['a', 'lost?'] : ['a'];

  it('rejects its batch and all that waited, and nothing else', async () => {
    await log.append(webhook('a'));
    database.failAfter = 0;
    const asked = await Promise.allSettled([log.append(webhook('lost?')), log.writeMeta('m', Buffer.of(1))]);
    expect(asked).toMatchObject([{ reason: STORE_FAILED }, { reason: STORE_FAILED }]);
    expect(log.health).toBe('failed');
    expect(log.tail.position.sequence).toBe(1);
  });

  it('rejects what is queued behind it without trying', async () => {
    await log.close();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index, limits: { batchEntriesMax: 1 } });
    database.failAfter = 0;
    const asked = await Promise.allSettled([1, 2, 3].map((name) => log.append(webhook(name))));
    expect(asked).toMatchObject(asked.map(() => ({ status: 'rejected', reason: STORE_FAILED })));
    expect(database.writesInDoubt).toBe(0);
  });

  it('is got over by the next append, and nothing is doubled by the retry', async () => {
    await log.append(webhook('a'));
    database.failAfter = 0;
    await expect(log.append(webhook('lost?'))).rejects.toMatchObject(STORE_FAILED);
    const [retry, next] = await Promise.all([log.append(webhook('lost?')), log.append(webhook('b'))]);
    expect(retry).toMatchObject({ sequence: 2, duplicate: fault === 'after' });
    expect([next.sequence, log.health, log.leading]).toEqual([3, 'ok', true]);
    expect(await namesOf(log)).toEqual(['a', 'lost?', 'b']);
  });

  it('is got over by recover, which finds what was stored all the same', async () => {
    await log.append(webhook('a'));
    database.failAfter = 0;
    await expect(log.append(webhook('lost?'))).rejects.toMatchObject(STORE_FAILED);
    const changed = log.changed();
    await Promise.all([log.recover(), log.recover(), changed]);
    expect([log.health, await namesOf(log)]).toEqual(['ok', stored]);
    expect(await log.find(webhook('lost?').key)).toHaveLength(fault === 'after' ? 1 : 0);
  });

  it('leaves pending entries counted right, and arrivals unused', async () => {
    const own = [new FaultyLevel(), new FaultyLevel()] as const;
    const follower = await OrderedLog.open({ ...OPTIONS, log: own[0], index: own[1] });
    await follower.append(webhook('a'));
    Object.assign(own[0], { fault, failAfter: 0 });
    await expect(follower.append(webhook('lost?', { at: NOON + 5 }))).rejects.toMatchObject(STORE_FAILED);
    await follower.append(webhook('b', { at: NOON + 20 }));
    const arrivals = (await follower.pending(0)).map(({ arrival }) => arrival);
    expect([arrivals, follower.pendingEntries]).toEqual(fault === 'after' ? [[1, 2, 3], 3] : [[1, 2], 2]);
    await follower.close();
  });

  it('says STORE_FAILED while the disk refuses, and goes on when it gives way', async () => {
    await log.append(webhook('before'));
    database.full = true;
    for (const name of ['x', 'y'])
      await expect(log.append(webhook(name))).rejects.toMatchObject(STORE_FAILED);
    await expect(log.recover()).rejects.toMatchObject(STORE_FAILED);
    await expect(entriesOf(log)).rejects.toMatchObject(STORE_FAILED);
    database.full = false;
    expect((await log.append(webhook('z'))).duplicate).toBe(false);
    expect(log.health).toBe('ok');
  });

  it('of a page from the writer is taken again', async () => {
    const own = new FaultyLevel();
    const follower = await OrderedLog.open({
      ...OPTIONS,
      newStoreId: 'e'.repeat(16),
      log: own,
      index: emptyMemory(),
    });
    for (const name of ['a', 'b']) await log.append(webhook(name));
    Object.assign(own, { fault, failAfter: 0 });
    await expect(replicate(log, follower)).rejects.toMatchObject(STORE_FAILED);
    await follower.recover();
    await replicate(log, follower);
    expect(follower.tail).toEqual(log.tail);
    await follower.close();
  });

  it('of a promise leaves nobody leading who may have given it', async () => {
    database.failAfter = 0;
    await expect(log.promise(9)).rejects.toMatchObject(STORE_FAILED);
    await log.recover();
    expect([log.leading, log.promised.epoch]).toEqual(fault === 'after' ? [false, 9] : [true, 1]);
    expect((await log.append(webhook('a'))).sequence).toBe(fault === 'after' ? null : 1);
  });

  it.each([0, 1, 2])('of a cut, its batch %i, leaves a log that can be cut on', async (failAfter) => {
    await log.close();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index, limits: { batchEntriesMax: 2 } });
    await log.lead();
    for (const name of [1, 2, 3, 4, 5]) await log.append(webhook(name));
    await log.promise(9);
    const cut = { after: { sequence: 1, n: 0 }, epoch: 9 };
    database.failAfter = failAfter;
    if (failAfter < 2) await expect(log.cut(cut)).rejects.toMatchObject(STORE_FAILED);
    await log.recover();
    expect(await namesOf(log)).toHaveLength(5 - log.pendingEntries);
    await log.cut(cut);
    expect([await namesOf(log), log.pendingEntries]).toEqual([[1], 4]);
    expect(await disagreements(log, { log: database, index })).toEqual([]);
    database.failAfter = undefined;
  });

  it('of a cut, leaves nobody with records that may be gone', async () => {
    for (const name of [1, 2]) await log.append(webhook(name));
    await log.promise(9);
    const after = { sequence: 1, n: 0 };
    Object.assign(database, { fault, failAfter: 0 });
    await expect(log.cut({ after, epoch: 9 })).rejects.toMatchObject(STORE_FAILED);
    const behind = log.records(after);
    if (fault === 'after') await expect(behind).rejects.toMatchObject(STORE_FAILED);
    else expect(await behind).toHaveLength(1);
  });

  it('of a cut, leaves nobody with a commit behind the end of the log', async () => {
    await log.close();
    let meanwhile = (): void => undefined;
    const observer = { writing: () => meanwhile(), written: () => undefined, duplicate: () => undefined };
    log = await OrderedLog.open({ ...OPTIONS, log: database, index, observer });
    await log.lead();
    for (const name of [1, 2]) await log.append(webhook(name));
    await log.promise(9);
    meanwhile = () => log.commit({ sequence: 2, n: 0 });
    Object.assign(database, { fault, failAfter: 0 });
    await expect(log.cut({ after: { sequence: 1, n: 0 }, epoch: 9 })).rejects.toMatchObject(STORE_FAILED);
    database.failAfter = undefined;
    meanwhile = () => undefined;
    await log.recover();
    const end = { sequence: fault === 'after' ? 1 : 2, n: 0 };
    expect([log.tail.position, log.committed]).toEqual([end, end]);
    await log.close();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index });
    expect(log.tail.position).toEqual(end);
  });

  it('of the index, behind a cut, loses no row', async () => {
    for (const name of [1, 2]) await log.append(webhook(name));
    await log.promise(9);
    expect(await log.find(webhook(2).key)).toMatchObject([{ sequence: 2 }]);
    Object.assign(index, { fault, failAfter: 0 });
    await log.cut({ after: { sequence: 1, n: 0 }, epoch: 9 });
    await expect(log.find(webhook(2).key)).rejects.toMatchObject(STORE_FAILED);
    await log.recover();
    expect(await log.find(webhook(2).key)).toMatchObject([{ sequence: null }]);
    expect(await disagreements(log, { log: database, index })).toEqual([]);
  });

  it('of the index loses no answer, and no row', async () => {
    Object.assign(index, { fault, failAfter: 0 });
    expect((await log.append(webhook('a'))).sequence).toBe(1);
    await expect(log.find(webhook('a').key)).rejects.toMatchObject(STORE_FAILED);
    expect(await log.append(webhook('a'))).toMatchObject({ sequence: 1, duplicate: true });
    const rows = await rowsOf(index);
    await log.close();
    await index.open();
    await index.clear();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index });
    expect(await rowsOf(index)).toEqual(rows);
  });
});

it('is no write that fails: a clean stop without room for its mark only makes the next start longer', async () => {
  const database = new FaultyLevel();
  let log = await OrderedLog.open({ ...OPTIONS, log: database, index: emptyMemory() });
  await log.append(webhook('a'));
  database.full = true;
  await log.close();
  database.full = false;
  log = await OrderedLog.open({ ...OPTIONS, log: database, index: emptyMemory() });
  expect(log.pendingEntries).toBe(1);
  await log.close();
});

it.each(['C', 'E', 'L', 'N', 'P'])(
  'is no index that was half deleted (up to %s) when its process died',
  async (letter) => {
    const [database, index] = [emptyMemory(), new FaultyLevel()];
    const options = { ...OPTIONS, log: database, index, machineRun: 'b' };
    let log = await OrderedLog.open({ ...options, machineRun: 'a' });
    for (const name of ['a', 'b']) await log.append(webhook(name, { source: 's', eventId: name }));
    await log.append(webhook('c'));
    await log.find(webhook('c').key);
    const rows = await rowsOf(index);
    await Promise.all([database.close(), index.close()]);
    index.clearDiesAt = letter;
    await expect(OrderedLog.open(options)).rejects.toThrow('died');
    index.clearDiesAt = undefined;
    log = await OrderedLog.open({ ...options, machineRun: 'a' });
    expect(await rowsOf(index)).toEqual(rows);
    await log.close();
  },
);
