import { all, nameOf, namesOf, NOON, webhook } from './conformance/webhooks';
import { OrderedLog } from './index';
import { HeldLevel } from './testing/held';
import { manyTurns, settles } from './testing/settles';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };

describe('while a batch is being synced', () => {
  let database: HeldLevel;
  let log: OrderedLog;

  beforeEach(async () => {
    database = new HeldLevel();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index: new HeldLevel() });
    await log.lead();
    database.hold();
  });

  afterEach(async () => {
    database.release();
    await log.close();
  });

  it('nobody is answered, and nothing of it is seen', async () => {
    const { tail } = log;
    const asked = log.append(webhook('a'));
    expect([await settles(asked), await settles(log.changed())]).toEqual([false, false]);
    expect([log.tail, await namesOf(log), await log.records(tail.position)]).toEqual([tail, [], []]);
    database.release();
    expect((await asked).sequence).toBe(1);
    expect(await namesOf(log)).toEqual(['a']);
  });

  it('the next one gathers, and knows what this one decides', async () => {
    const asked = ['a', 'b'].map((name) => log.append(webhook(name)));
    expect(await settles(asked[0]!)).toBe(false);
    asked.push(...['b', 'c', 'a'].map((name) => log.append(webhook(name, { at: NOON + 1000 }))));
    database.release();
    const answers = await Promise.all(asked);
    expect(answers.map(({ sequence }) => sequence)).toEqual([1, 2, 2, 3, 1]);
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, false, true, false, true]);
  });

  it('close waits for it', async () => {
    const asked = log.append(webhook('a'));
    const closed = log.close();
    expect(await settles(closed)).toBe(false);
    database.release();
    await closed;
    expect((await asked).sequence).toBe(1);
  });
});

describe('while the log is being cut', () => {
  let database: HeldLevel;
  let log: OrderedLog;
  let cut: Promise<void>;
  const COMMON = { sequence: 1, n: 0 };

  beforeEach(async () => {
    database = new HeldLevel();
    const limits = { pageEntriesMax: 1 };
    log = await OrderedLog.open({ ...OPTIONS, log: database, index: new HeldLevel(), limits });
    await log.lead();
    for (const name of ['a', 'b', 'c']) await log.append(webhook(name));
    await log.promise(9);
    database.hold('after');
    cut = log.cut({ after: COMMON, epoch: 9 });
    await manyTurns();
  });

  afterEach(async () => {
    database.release();
    await log.close();
  });

  it('nothing is called damaged that is only cut', async () => {
    const { key } = webhook('b');
    const reads = [
      log.records(COMMON),
      namesOf(log),
      log.find(key).then(([entry]) => entry?.sequence),
      all(log.received({ from: 0, to: NOON * 2 })).then((entries) => entries.length),
      log.scrub(COMMON),
    ];
    expect(await settles(Promise.allSettled(reads.slice(0, 1)))).toBe(false);
    database.release();
    await cut;
    const scrubbed = { through: COMMON, done: true, damaged: [] };
    expect(await Promise.all(reads)).toEqual([[], ['a'], null, 3, scrubbed]);
  });

  it('a walk that had begun before ends where the log ends now', async () => {
    database.release();
    await cut;
    await log.lead();
    const names: unknown[] = [];
    for await (const entry of log.entries(0)) {
      names.push(nameOf(entry));
      await log.promise(99);
      await log.cut({ after: COMMON, epoch: 99 });
    }
    expect([names, await namesOf(log)]).toEqual([['a'], ['a']]);
  });
});

describe('while the index is being written', () => {
  let index: HeldLevel;
  let log: OrderedLog;

  beforeEach(async () => {
    index = new HeldLevel();
    log = await OrderedLog.open({ ...OPTIONS, log: new HeldLevel(), index });
    index.hold();
  });

  afterEach(async () => {
    index.release();
    await log.close();
  });

  it('entries are answered, but a copy waits until its first one can be found', async () => {
    const first = await log.append(webhook('a'));
    const copy = log.append(webhook('a', { at: NOON + 1000 }));
    expect(await settles(copy)).toBe(false);
    index.release();
    expect(await copy).toEqual({ ...first, duplicate: true });
  });

  it('reads wait for what was answered', async () => {
    const { key, digest } = await log.append(webhook('a'));
    const reads = [
      () => log.find(key),
      () => log.findDigest(digest),
      () => all(log.received({ from: 0, to: NOON * 2 })),
      () => all(log.keys({ fromSeconds: 0, toSeconds: 2 ** 32 })),
    ];
    const asked = reads.map((read) => read());
    for (const read of asked) expect(await settles(read)).toBe(false);
    index.release();
    for (const read of asked) expect([await read].flat()).toMatchObject([{ key }]);
  });
});
