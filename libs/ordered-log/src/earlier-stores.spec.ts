import type { Databases } from './conformance';
import { rowsOf } from './conformance/rows';
import { all, collect, entriesOf, NOON, replicate, webhook } from './conformance/webhooks';
import { NOBODY, OrderedLog, START } from './index';
import { encodeU64 } from './rows/index-rows';
import { LOG_ROWS, ownMetaKey } from './rows/keys';
import { emptyMemory } from './testing/memory';

const OPTIONS = { node: 'n', newStoreId: 'b'.repeat(16), machineRun: 'run' };
const PROMISED = ownMetaKey('promised');
/** What versions before epochs had terms never wrote. */
const LATER = ['committed', 'cuts', 'incomplete'].map(ownMetaKey);

/** Format 1 has its records under another letter. */
async function moveBack(rows: Databases['log'], limit: number): Promise<void> {
  for (const [key, frame] of await rows.iterator({ ...LOG_ROWS, reverse: true, limit }).all())
    await rows
      .batch()
      .del(key)
      .put(Buffer.concat([Buffer.from('L'), key.subarray(1)]), frame)
      .write();
}

/** A follower's store as those versions left it. */
async function earlierStore(stop: 'clean' | 'crash'): Promise<{ databases: Databases; writer: OrderedLog }> {
  const writer = await OrderedLog.open({
    ...OPTIONS,
    newStoreId: 'a'.repeat(16),
    log: emptyMemory(),
    index: emptyMemory(),
  });
  await writer.lead();
  const databases = { log: emptyMemory(), index: emptyMemory() };
  const log = await OrderedLog.open({ ...OPTIONS, ...databases });
  for (const name of [1, 2]) await writer.append(webhook(name));
  await log.append(webhook(2, { at: NOON + 500 }));
  await collect(log, writer);
  await replicate(writer, log);
  await log.append(webhook('pending'));
  const { position, chain } = log.tail;
  await log.appendReplica({ epoch: 5, previous: position, previousChain: chain, records: [] });
  await log.find(webhook('nothing').key);
  if (stop === 'clean') await log.close();
  else await Promise.all([databases.log.close(), databases.index.close()]);
  await Promise.all([databases.log.open(), databases.index.open()]);
  const { log: rows, index } = databases;
  expect(await rows.getMany(LATER)).toEqual(LATER.map(() => undefined));
  await rows.put(PROMISED, (await rows.get(PROMISED))!.subarray(0, 8));
  await moveBack(rows, Infinity);
  await rows.put(ownMetaKey('format'), encodeU64(1));
  const arrived = ownMetaKey('arrived');
  await rows.put(arrived, (await rows.get(arrived))!.subarray(0, 16));
  await rows.clear({ gte: Buffer.from('R'), lt: Buffer.from('S') });
  const extents = [await rows.get(ownMetaKey('clean-stop')), await index.get(ownMetaKey('through'))];
  expect(extents.filter((row) => row !== undefined).map((row) => row.length)).toEqual(
    stop === 'clean' ? [44, 44] : [44],
  );
  return { databases, writer };
}

describe('a store of a version before terms', () => {
  it.each([
    ['a clean stop', 'clean', 'run'],
    ['a crash', 'crash', 'run'],
    ['a power cut', 'crash', 'another'],
  ] as const)('opens after %s, and goes on', async (_, stop, machineRun) => {
    const { databases, writer } = await earlierStore(stop);
    const before = await rowsOf(databases.index);
    let log = await OrderedLog.open({ ...OPTIONS, ...databases, machineRun });
    expect([log.tail, log.writer?.store, log.pendingEntries]).toEqual([writer.tail, writer.store, 1]);
    expect([log.promised, log.committed, log.members]).toEqual([{ epoch: 5, to: NOBODY }, START, []]);
    expect([log.membersAt, log.incompleteUpTo, log.cluster]).toEqual([START, undefined, writer.cluster]);
    expect(await entriesOf(log)).toEqual(await entriesOf(writer));
    await log.find(webhook('nothing').key);
    expect(await rowsOf(databases.index)).toEqual(before);
    await log.promise(65_536);
    await log.cut({ after: { sequence: 1, n: 0 }, epoch: 65_536 });
    await log.close();
    log = await OrderedLog.open({ ...OPTIONS, ...databases });
    expect([log.tail.position, log.pendingEntries]).toEqual([{ sequence: 1, n: 0 }, 2]);
    await Promise.all([log.close(), writer.close()]);
  });
});

it('goes on where it was when it died while it moved the records of an earlier store', async () => {
  const databases = { log: emptyMemory(), index: emptyMemory() };
  const log = await OrderedLog.open({ ...OPTIONS, ...databases });
  await log.lead();
  for (const name of [1, 2, 3]) await log.append(webhook(name));
  const entries = await entriesOf(log);
  const { tail } = log;
  await log.close();
  await databases.log.open();
  await moveBack(databases.log, 2);
  const again = await OrderedLog.open({ ...OPTIONS, ...databases });
  expect([again.tail, await entriesOf(again)]).toEqual([tail, entries]);
  await again.close();
});

it('gives a store without records its format before it writes any', async () => {
  const databases = { log: emptyMemory(), index: emptyMemory() };
  await (await OrderedLog.open({ ...OPTIONS, ...databases })).close();
  await databases.log.open();
  await databases.log.put(ownMetaKey('format'), encodeU64(1));
  await (await OrderedLog.open({ ...OPTIONS, ...databases })).close();
  await databases.log.open();
  expect(await databases.log.get(ownMetaKey('format'))).toEqual(encodeU64(2));
});

it('goes on with an index of format 2, and does not look at the bodies that it has of all entries', async () => {
  const databases = { log: emptyMemory(), index: emptyMemory() };
  const log = await OrderedLog.open({ ...OPTIONS, ...databases });
  await log.lead();
  const plain = webhook('plain');
  const event = webhook('plain', { at: NOON + 1000, source: 's', eventId: '1' });
  for (const each of [plain, event]) await log.append(each);
  await log.close();
  const { index } = databases;
  await index.open();
  const rows = await rowsOf(index);
  const { key, digest } = plain;
  const earlier = Buffer.concat([Buffer.from('D'), digest.subarray(0, 16), Buffer.of(0), key]);
  const store = ownMetaKey('store');
  const [format, name] = [(await index.get(store))!.subarray(0, 8), (await index.get(store))!.subarray(8)];
  expect(format).toEqual(encodeU64(3));
  await index
    .batch()
    .put(store, Buffer.concat([encodeU64(2), name]))
    .put(earlier, encodeU64(plain.receivedAt))
    .write();

  const again = await OrderedLog.open({ ...OPTIONS, ...databases });
  expect(await rowsOf(index)).toHaveLength(rows.length + 1);
  expect((await index.get(store))!.subarray(0, 8)).toEqual(encodeU64(3));
  expect((await all(again.eventsWithBody(digest, 9))).map((entry) => entry.eventId)).toEqual(['1']);
  expect(await again.findDigest(digest)).toMatchObject({ key });
  await again.lead();
  expect(await again.append(webhook('plain', { at: NOON + 2000 }))).toMatchObject({ duplicate: true });
  await again.close();
});
