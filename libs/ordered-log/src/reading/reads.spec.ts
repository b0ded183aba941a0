import { collect, nameOf, NOON, replicate, webhook } from '../conformance/webhooks';
import { nextTerm } from '../epoch';
import { OrderedLog } from '../index';
import { FaultyLevel } from '../testing/faulty';
import { HeldLevel } from '../testing/held';
import { emptyMemory } from '../testing/memory';
import { settles } from '../testing/settles';

const TERM = nextTerm(0)!;

const open = (newStoreId: string, limits = {}): Promise<OrderedLog> =>
  OrderedLog.open({ node: 'n', newStoreId, log: emptyMemory(), index: emptyMemory(), limits });

it('a walk ends where another history has taken the place of what it had read', async () => {
  const [old, rival] = [await open('00000000000000aa'), await open('00000000000000bb')];
  // an epoch and two entries: a page ends in front of the last record, which is none of an entry
  const log = await open('00000000000000cc', { pageEntriesMax: 3 });
  const epoch = await old.lead();
  await old.append(webhook(1));
  await replicate(old, rival);
  await old.append(webhook(2));
  await old.nameMembers([{ node: 'n', store: old.store, url: 'http://n', voting: true }], epoch);
  await replicate(old, log);
  const walk = log.entries(0)[Symbol.asyncIterator]();
  expect(await walk.next()).toMatchObject({ value: { sequence: 1 } });
  expect(await walk.next()).toMatchObject({ value: { sequence: 2 } });
  await rival.promise(TERM, rival.store);
  await rival.lead(TERM);
  for (const name of ['x', 'y']) await rival.append(webhook(name));
  await log.cut({ after: { sequence: 1, n: 0 }, epoch: TERM });
  await replicate(rival, log);
  expect(log.tail.position).toEqual({ sequence: 3, n: 0 });
  expect(await walk.next()).toMatchObject({ done: true });
  await Promise.all([old, rival, log].map((each) => each.close()));
});

it('a walk by time goes on where what its page had named was cut', async () => {
  const log = await open('00000000000000aa');
  await log.lead();
  const names = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (const name of names) await log.append(webhook(name, { at: NOON + name * 1000 }));
  await log.promise(TERM);
  const read: (string | number)[] = [];
  for await (const entry of log.received({ from: 0, to: 2 * NOON })) {
    read.push(nameOf(entry));
    if (read.length === 1) await log.cut({ after: { sequence: 4, n: 0 }, epoch: TERM });
  }
  expect(read).toEqual(names);
  await log.close();
});

describe('while a pending entry goes to the log', () => {
  const KEY = webhook('a').key;

  /** A slave with one entry, and the writer that has collected it. */
  async function collected(database: HeldLevel | FaultyLevel): Promise<[OrderedLog, OrderedLog]> {
    const options = { node: 'n', newStoreId: '00000000000000bb' };
    const slave = await OrderedLog.open({ ...options, log: database, index: emptyMemory() });
    await slave.append(webhook('a'));
    const writer = await open('00000000000000aa');
    await writer.lead();
    await collect(slave, writer);
    return [slave, writer];
  }

  it('it is found when that is on the disk, and not yet told', async () => {
    const database = new HeldLevel();
    const [slave, writer] = await collected(database);
    database.hold('after');
    const taken = replicate(writer, slave);
    await settles(taken);
    const found = slave.find(KEY);
    expect(await settles(found)).toBe(false);
    database.release();
    expect(await found).toMatchObject([{ key: KEY, sequence: 1 }]);
    await taken;
    await Promise.all([slave.close(), writer.close()]);
  });

  it('nobody says that it is not there when nobody knows whether it went', async () => {
    const database = new FaultyLevel();
    database.fault = 'after';
    const [slave, writer] = await collected(database);
    database.failAfter = 0;
    await expect(replicate(writer, slave)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(slave.find(KEY)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    database.failAfter = undefined;
    await slave.recover();
    expect(await slave.find(KEY)).toMatchObject([{ key: KEY }]);
    await Promise.all([slave.close(), writer.close()]);
  });
});
