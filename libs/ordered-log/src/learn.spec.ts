import { collect, follow, nameOf, namesOf, NOON, replicate, taken, webhook } from './conformance/webhooks';
import { ROLLBACK } from './cut/taken';
import {
  type Database,
  decodePendingFrame,
  type Member,
  nextTerm,
  OrderedLog,
  type OrderedLogOptions,
  type Position,
  SET_ASIDE,
} from './index';
import { epochKey, logKey, ownMetaKey, pendingKey, retiredKey } from './rows/keys';
import { disagreements } from './testing/agreement';
import { copyOf, emptyMemory } from './testing/memory';
import { Timeline } from './testing/timeline';

const OPTIONS = { node: 'n', newStoreId: 'b'.repeat(16), machineRun: 'run', onDamage: 'learn' } as const;
const INCOMPLETE = { code: 'INCOMPLETE' };
const END: Position = { sequence: 10, n: 1 };

/** A follower's disk, and its writer, which has all that it has. */
interface Scene {
  readonly log: Database;
  readonly index: Database;
  readonly writer: OrderedLog;
}

function member(node: string, store: string, voting = true): Member {
  return { node, store, url: `http://${node}`, voting };
}

const [MASTER, SLAVE] = [member('m', 'a'.repeat(16)), member('n', OPTIONS.newStoreId)];

function opened(options: Partial<OrderedLogOptions>): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, log: emptyMemory(), index: emptyMemory(), ...options });
}

/**
 * Epoch and members, entries 1 to 10, of which the follower took 4, behind 6 a receipt of its copy of 2, behind 10 one
 * of its copy of 8; two more are pending.
 */
async function scene(stop: 'clean' | 'crash', members: readonly Member[] = [MASTER, SLAVE]): Promise<Scene> {
  const writer = await opened({ node: 'm', newStoreId: MASTER.store });
  await writer.lead();
  await writer.nameMembers(members, 1);
  const [log, index] = [emptyMemory(), emptyMemory()];
  const node = await opened({ log, index });
  const at = (ms: number): { readonly at: number } => ({ at: NOON + ms });
  for (const name of ['copy 2', 'copy 8']) await node.append(webhook(name, at(500)));
  for (const name of [1, 'copy 2', 3]) await writer.append(webhook(name));
  await node.append(webhook(4));
  const page = (await node.pending(0)).map(({ frame, arrival }) => decodePendingFrame(frame, arrival));
  await writer.appendCollected({ entries: page.slice(2) });
  for (const name of [5, 6]) await writer.append(webhook(name));
  await writer.appendCollected({ entries: page.slice(0, 1) });
  for (const name of [7, 'copy 8', 9, 10]) await writer.append(webhook(name));
  await writer.appendCollected({ entries: page.slice(1, 2) });
  await replicate(writer, node);
  for (const name of ['p', 'q']) await node.append(webhook(name));
  await node.find(webhook('p').key);
  if (stop === 'clean') await node.close();
  else await Promise.all([log.close(), index.close()]);
  await Promise.all([log.open(), index.open()]);
  return { log, index, writer };
}

async function flip(log: Database, key: Buffer, byte = 40): Promise<void> {
  const frame = Buffer.from((await log.get(key))!);
  frame[byte < 0 ? frame.length + byte : byte]! ^= 4;
  await log.put(key, frame);
}

async function pendingOf(log: OrderedLog): Promise<(string | number)[]> {
  const frames = await log.pending(0, { bytesMax: 1 << 20 });
  return frames.map(({ frame, arrival }) => nameOf(decodePendingFrame(frame, arrival)));
}

async function linesOf(log: OrderedLog): Promise<Record<string, unknown>[]> {
  const rows = await Promise.all((await log.metaNames(ROLLBACK)).map((name) => log.readMeta(name)));
  return rows.flatMap((row) =>
    row!
      .toString()
      .split('\n')
      .filter((line) => line.length > 0)
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

/** It is a learner, takes webhooks, gets all from the writer, and is a member like any other when it is named again. */
async function proveRecovery(log: OrderedLog, { writer, ...databases }: Scene): Promise<void> {
  await expect(log.lead()).rejects.toMatchObject(INCOMPLETE);
  await expect(log.promise(nextTerm(0)!, log.store)).rejects.toMatchObject(INCOMPLETE);
  expect((await log.append(webhook('new'))).sequence).toBeNull();
  expect(await disagreements(log, databases)).toEqual([]);
  await writer.nameMembers([MASTER, { ...SLAVE, voting: false }], 1);
  for (let round = 0; round < 2; round++) {
    await follow(writer, log);
    await collect(log, writer);
  }
  await follow(writer, log);
  expect([log.tail, log.pendingEntries]).toEqual([writer.tail, 0]);
  expect(await disagreements(log, databases)).toEqual([]);
  expect(log.incompleteUpTo).toBeDefined();
  await writer.nameMembers([MASTER, SLAVE], 1);
  await follow(writer, log);
  expect(log.incompleteUpTo).toBeUndefined();
  log.commit(log.tail.position);
  await log.append(webhook('last'));
  await log.close();
  const again = await opened(databases);
  expect([again.damage, again.incompleteUpTo]).toEqual([undefined, undefined]);
  await again.promise(nextTerm(0)!, again.store);
  await again.lead(nextTerm(0));
  await again.nameMembers([MASTER], nextTerm(0)!); // that it is no member any longer does not make it incomplete
  expect(again.incompleteUpTo).toBeUndefined();
  const names = await namesOf(again);
  expect(names.slice(0, 10)).toEqual([1, 'copy 2', 3, 4, 5, 6, 7, 'copy 8', 9, 10]);
  expect(new Set(names).size).toBe(names.length);
  await Promise.all([again.close(), writer.close()]);
}

const ENTRY_5 = logKey({ sequence: 5, n: 0 });
const EPOCH = logKey({ sequence: 0, n: 1 });

describe('a log that is to learn, and was damaged', () => {
  const damages: readonly [
    string,
    (log: Database) => Promise<void>,
    { readonly last: number; readonly removed: number },
  ][] = [
    ['a flipped bit in a record', (log) => flip(log, ENTRY_5), { last: 4, removed: 8 }],
    ['a flipped bit in a chain', (log) => flip(log, ENTRY_5, -10), { last: 4, removed: 8 }],
    ['a record that is gone', (log) => log.del(ENTRY_5), { last: 4, removed: 7 }],
    ['a record cut to nothing', (log) => log.put(ENTRY_5, Buffer.alloc(3)), { last: 4, removed: 8 }],
    ['the last record', (log) => flip(log, logKey(END)), { last: 10, removed: 1 }],
    ['the first record', (log) => flip(log, EPOCH, 10), { last: 0, removed: 14 }],
    ['the first record is gone', (log) => log.del(EPOCH), { last: 0, removed: 13 }],
    [
      'two places, far apart',
      async (log) => {
        await flip(log, ENTRY_5);
        await log.del(logKey({ sequence: 9, n: 0 }));
      },
      { last: 4, removed: 7 },
    ],
    [
      'a record of another history, with a right checksum',
      async (log) => {
        const writer = await opened({ newStoreId: 'c'.repeat(16) });
        await writer.lead();
        for (let i = 1; i <= 5; i++) await writer.append(webhook(`other ${i}`));
        const [five] = await writer.records({ sequence: 4, n: 0 });
        await log.put(ENTRY_5, five!.frame);
        await writer.close();
      },
      { last: 4, removed: 8 },
    ],
  ];

  it.each(damages)(
    'gives up what is behind it, and learns it anew: %s',
    async (_, damage, { last, removed }) => {
      const at = await scene('crash');
      await damage(at.log);
      const log = await opened(at);
      expect(log.damage).toMatchObject({ upTo: END, removed, setAside: [] });
      expect(log.damage!.reason).toMatch(/^the record at .* (checksum|chain|successor|beginning)/);
      expect([log.tail.position.sequence, log.incompleteUpTo]).toEqual([last, END]);
      await proveRecovery(log, at);
    },
  );

  it('puts back what is whole, in its order, and tells of all that went', async () => {
    const at = await scene('crash');
    await flip(at.log, ENTRY_5);
    const log = await opened(at);
    expect(await pendingOf(log)).toEqual(['p', 'q', 6, 'copy 2', 7, 'copy 8', 9, 10, 'copy 8']);
    const lines = await linesOf(log);
    expect(lines.map(({ sequence, n, lost, pendingAs }) => [sequence, n, lost, pendingAs !== null])).toEqual([
      [5, 0, true, false],
      [6, 0, undefined, true],
      [6, 1, undefined, true],
      ...[7, 8, 9, 10].map((sequence) => [sequence, 0, undefined, true]),
      [10, 1, undefined, true],
    ]);
    expect(log.members).toEqual([MASTER, SLAVE]);
    await Promise.all([log.close(), at.writer.close()]);
  });

  it('brings back what a receipt had ended, although the receipt is damaged or gone', async () => {
    const at = await scene('crash');
    await flip(at.log, logKey({ sequence: 6, n: 1 }));
    await at.log.del(logKey(END));
    const log = await opened(at);
    expect(await pendingOf(log)).toEqual(['p', 'q', 'copy 2', 7, 'copy 8', 9, 10, 'copy 8']);
    expect((await linesOf(log)).filter(({ lost }) => lost).map(({ sequence, n }) => [sequence, n])).toEqual([
      [6, 1],
      [10, 1],
    ]);
    await proveRecovery(log, at);
  });

  it('tells that what a receipt had ended is lost, if that is damaged, too', async () => {
    const at = await scene('crash');
    await flip(at.log, ENTRY_5);
    await at.log.put(retiredKey({ sequence: 6, n: 1 }), Buffer.alloc(5));
    const log = await opened(at);
    expect(await linesOf(log)).toContainEqual(
      expect.objectContaining({ sequence: 6, n: 1, lost: true, pendingAs: null }),
    );
    await proveRecovery(log, at);
  });

  it('goes on with a note that is missing, when the log itself says where an epoch began', async () => {
    const at = await scene('crash');
    await at.log.del(epochKey(1));
    const log = await opened(at);
    expect(log.damage).toMatchObject({ upTo: END, removed: 0 });
    expect([log.tail, log.writer]).toEqual([at.writer.tail, { node: 'm', store: MASTER.store }]);
    await proveRecovery(log, at);
  });

  it('keeps no record of an epoch whose beginning is lost', async () => {
    const at = await scene('crash');
    const log = await opened({ ...at, onDamage: 'refuse' });
    await at.writer.lead();
    for (const name of [11, 12]) await at.writer.append(webhook(name));
    await replicate(at.writer, log);
    const databases = { log: await copyOf(at.log), index: await copyOf(at.index) };
    await databases.log.del(logKey({ sequence: 10, n: 2 }));
    await databases.log.del(epochKey(2));
    const learner = await opened(databases);
    expect(learner.damage).toMatchObject({ upTo: { sequence: 12, n: 0 }, removed: 2 });
    expect([learner.tail.position, learner.tail.epoch]).toEqual([END, 1]);
    expect(await pendingOf(learner)).toEqual(['p', 'q', 11, 12]);
    await Promise.all([log.close(), learner.close(), at.writer.close()]);
  });

  it('keeps none either when that is found far before what open looks at', async () => {
    const at = await scene('crash');
    const log = await opened({ ...at, onDamage: 'refuse' });
    await at.writer.lead();
    for (let i = 0; i < 9; i++) await at.writer.append(webhook(`later ${i}`));
    await replicate(at.writer, log);
    const databases = { log: await copyOf(at.log), index: await copyOf(at.index) };
    await databases.log.del(logKey({ sequence: 10, n: 2 }));
    const limits = { openCheckBytesMax: 300, pageBytesMax: 100 };
    const learner = await opened({ ...databases, limits });
    expect(learner.damage).toMatchObject({ upTo: { sequence: 19, n: 0 }, removed: 9 });
    expect([learner.tail.position, learner.tail.epoch]).toEqual([END, 1]);
    await Promise.all([log.close(), learner.close(), at.writer.close()]);
  });

  it('has the members that it names before the damage; the last it can read tell that others have the log', async () => {
    const at = await scene('crash');
    const log = await opened(at);
    await at.writer.nameMembers([MASTER], 1);
    await at.writer.append(webhook(11));
    await replicate(at.writer, log);
    const databases = { log: await copyOf(at.log), index: await copyOf(at.index) };
    await flip(databases.log, logKey({ sequence: 10, n: 2 }));
    const learner = await opened(databases);
    expect([learner.members, learner.tail.position]).toEqual([[MASTER, SLAVE], END]);
    await Promise.all([log.close(), learner.close(), at.writer.close()]);
  });
});

describe('a log that is to learn, and is shorter than it was', () => {
  it('after a clean stop: up to where that was marked', async () => {
    const at = await scene('clean');
    for (const n of [0, 1]) await at.log.del(logKey({ sequence: 10, n }));
    const log = await opened(at);
    expect(log.damage).toMatchObject({ upTo: END, removed: 0 });
    expect([log.tail.position.sequence, log.incompleteUpTo]).toEqual([9, END]);
    expect(await pendingOf(log)).toEqual(['p', 'q', 'copy 8']);
    await proveRecovery(log, at);
  });

  it('after a clean stop whose mark cannot be read', async () => {
    const at = await scene('clean');
    await at.log.put(ownMetaKey('clean-stop'), Buffer.alloc(3));
    const log = await opened(at);
    expect([log.damage!.removed, log.incompleteUpTo, log.tail]).toEqual([0, END, at.writer.tail]);
    await proveRecovery(log, at);
  });

  it('by what its index knew: places and arrivals are not given again', async () => {
    const at = await scene('crash');
    for (const key of [logKey(END), pendingKey(4), pendingKey(5), ownMetaKey('arrived')])
      await at.log.del(key);
    const log = await opened(at);
    expect([log.damage!.upTo, log.tail.position]).toEqual([END, { sequence: 10, n: 0 }]);
    const { key } = await log.append(webhook('next'));
    const pending = await log.pending(0);
    expect(pending.at(-1)!.arrival).toBeGreaterThan(5);
    expect(await log.find(key)).toHaveLength(1);
    await proveRecovery(log, at);
  });

  it('by what its index knew of a cut, after which it had gone on', async () => {
    const at = await scene('crash');
    const log = await opened(at);
    const before = await copyOf(at.log);
    await log.promise(nextTerm(0)!);
    await log.cut({ after: { sequence: 9, n: 0 }, epoch: nextTerm(0)! });
    await log.find(webhook('p').key);
    const databases = { log: before, index: await copyOf(at.index) };
    await expect(opened({ ...databases, onDamage: 'refuse' })).rejects.toMatchObject({ code: 'DAMAGED' });
    const learner = await opened(databases);
    expect([learner.damage?.removed, learner.incompleteUpTo]).toEqual([0, END]);
    await proveRecovery(learner, { ...databases, writer: at.writer });
    await log.close();
  });

  it('by what it knew to be committed', async () => {
    const at = await scene('crash');
    const node = await opened(at);
    node.commit(END);
    await node.append(webhook('r'));
    const databases = { log: await copyOf(at.log), index: emptyMemory() };
    await databases.log.del(logKey(END));
    await expect(opened({ ...databases, onDamage: 'refuse' })).rejects.toMatchObject({ code: 'DAMAGED' });
    const log = await opened(databases);
    expect([log.incompleteUpTo, log.committed]).toEqual([END, { sequence: 10, n: 0 }]);
    await proveRecovery(log, { ...databases, writer: at.writer });
    await node.close();
  });

  it('may be cut below what was committed before: that is given up, too', async () => {
    const at = await scene('crash');
    const node = await opened(at);
    node.commit(END);
    await node.append(webhook('r'));
    const databases = { log: await copyOf(at.log), index: await copyOf(at.index) };
    await flip(databases.log, ENTRY_5);
    const log = await opened(databases);
    expect(log.committed).toEqual({ sequence: 4, n: 0 });
    await proveRecovery(log, { ...databases, writer: at.writer });
    await node.close();
  });
});

describe('a log that is to learn', () => {
  it('is found damaged where its index is built anew: far before what open looks at', async () => {
    const at = await scene('crash');
    await flip(at.log, logKey({ sequence: 2, n: 0 }));
    const limits = { openCheckBytesMax: 300, pageBytesMax: 100, batchEntriesMax: 2 };
    const log = await opened({ ...at, limits, index: emptyMemory() });
    expect([log.tail.position.sequence, log.incompleteUpTo]).toEqual([1, END]);
    expect((await pendingOf(log)).length).toBe(2 + 8 + 2);
    await Promise.all([log.close(), at.writer.close()]);
  });

  it('is refused when nobody else has it, or when nobody said that it is to learn', async () => {
    const alone = [[], [SLAVE], [{ ...MASTER, voting: false }, SLAVE]];
    for (const members of alone) {
      const { log, index, writer } = await scene('crash', members);
      await flip(log, ENTRY_5);
      await expect(opened({ log, index })).rejects.toMatchObject({ code: 'DAMAGED' });
      await writer.close();
    }
    const at = await scene('crash');
    await flip(at.log, ENTRY_5);
    const before = await at.log.iterator().all();
    await expect(opened({ ...at, onDamage: 'refuse' })).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(await at.log.iterator().all()).toEqual(before);
    await at.writer.close();
  });

  it('is incomplete again when the members that counted it in are cut', async () => {
    const at = await scene('crash');
    await flip(at.log, ENTRY_5);
    const log = await opened(at);
    await follow(at.writer, log);
    const rival = await opened({ newStoreId: 'd'.repeat(16) });
    await replicate(at.writer, rival);
    await at.writer.nameMembers([MASTER, SLAVE], 1);
    await follow(at.writer, log);
    expect(log.incompleteUpTo).toBeUndefined();
    await rival.promise(nextTerm(0)!, rival.store);
    await rival.lead(nextTerm(0));
    await follow(rival, log);
    expect(log.incompleteUpTo).toEqual(END);
    await rival.nameMembers([MASTER, SLAVE], rival.tail.epoch);
    await follow(rival, log);
    expect(log.incompleteUpTo).toBeUndefined();
    await Promise.all([log.close(), rival.close(), at.writer.close()]);
  });

  it('is as good as it was when a pending entry is damaged: its bytes are set aside', async () => {
    const at = await scene('crash');
    await flip(at.log, pendingKey(4));
    const bytes = await at.log.get(pendingKey(4));
    await expect(opened({ ...at, onDamage: 'refuse' })).rejects.toMatchObject({ code: 'DAMAGED' });
    const log = await opened(at);
    expect(log.damage).toMatchObject({ upTo: undefined, removed: 0, setAside: [4] });
    expect([log.incompleteUpTo, await pendingOf(log), log.pendingEntries]).toEqual([undefined, ['q'], 1]);
    expect(await log.metaNames(SET_ASIDE)).toEqual(['damaged/000000000004']);
    expect(await log.readMeta('damaged/000000000004')).toEqual(bytes);
    expect(await log.find(webhook('p').key)).toEqual([]);
    expect((await log.append(webhook('p'))).duplicate).toBe(false);
    expect(await disagreements(log, at)).toEqual([]);
    await Promise.all([log.close(), at.writer.close()]);
  });

  it('gets over both at once', async () => {
    const at = await scene('crash');
    await flip(at.log, pendingKey(4));
    await flip(at.log, ENTRY_5);
    const log = await opened(at);
    expect(log.damage).toMatchObject({ upTo: END, removed: 8, setAside: [4] });
    await proveRecovery(log, at);
  });

  it('is no way out for a process that runs: recover refuses', async () => {
    const at = await scene('crash');
    const log = await opened(at);
    await at.log.close();
    await expect(log.append(webhook('x'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await at.log.open();
    await flip(at.log, ENTRY_5);
    await expect(log.recover()).rejects.toMatchObject({ code: 'DAMAGED' });
    await Promise.all([log.close(), at.writer.close()]);
  });
});

it('a process that dies while it gives up what is damaged goes on with it, whenever that was', async () => {
  const at = await scene('crash');
  await flip(at.log, logKey({ sequence: 2, n: 0 }));
  const timeline = new Timeline();
  await timeline.log.open();
  const rows = await at.log.iterator().all();
  await timeline.log.batch(
    rows.map(([key, value]) => ({ type: 'put' as const, key, value })),
    { sync: true } as object,
  );
  const first = timeline.batches.length;
  const limits = { batchEntriesMax: 3 };
  const learned = await opened({ log: timeline.log, index: timeline.index, limits });
  const pending = (await pendingOf(learned)).sort();
  expect(timeline.batches.length).toBeGreaterThan(first + 4);
  for (let moment = first; moment <= timeline.batches.length; moment++) {
    const databases = {
      log: await timeline.databaseAt('log', moment, () => false),
      index: await timeline.databaseAt('index', moment, () => true),
    };
    const log = await opened({ ...databases, limits });
    expect([log.tail, log.incompleteUpTo]).toEqual([learned.tail, END]);
    expect([(await pendingOf(log)).sort(), log.pendingEntries]).toEqual([pending, pending.length]);
    expect(await disagreements(log, databases)).toEqual([]);
    await log.close();
  }
  await Promise.all([learned.close(), at.writer.close()]);
});

it('an entry that is known to no other store is still there after its record was given up', async () => {
  const at = await scene('crash');
  const log = await opened(at);
  await at.writer.appendCollected({ entries: [taken(9, webhook('rare'))] });
  await replicate(at.writer, log);
  const databases = { log: await copyOf(at.log), index: await copyOf(at.index) };
  await flip(databases.log, logKey(END));
  const learner = await opened(databases);
  expect((await learner.find(webhook('rare').key)).map(({ sequence }) => sequence)).toEqual([null]);
  await Promise.all([log.close(), learner.close(), at.writer.close()]);
});
