import { eventNameOf } from '@hooklog/object-id';
import { namesOf, NOON, webhook } from './conformance/webhooks';
import { OrderedLog } from './index';
import type { Database } from './rows/database';
import { ENTRY_KEY_ROWS } from './rows/keys';
import { decodeExtent, THROUGH_ROW } from './rows/marks';
import { HeldLevel } from './testing/held';
import { emptyMemory } from './testing/memory';
import { settles } from './testing/settles';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };

describe('while the index is being written', () => {
  let database: Database;
  let index: HeldLevel;
  let log: OrderedLog;
  let asked: Promise<unknown>;

  beforeEach(async () => {
    database = emptyMemory();
    index = new HeldLevel();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index });
    await log.lead();
    index.hold();
    await log.append(webhook('a'));
    asked = log.find(webhook('a').key);
    expect(await settles(asked)).toBe(false);
  });

  afterEach(async () => {
    index.release();
    await Promise.allSettled([asked]);
    await log.close();
  });

  it('entries are answered, batch after batch', async () => {
    for (const [i, name] of ['b', 'c', 'd'].entries())
      expect((await log.append(webhook(name))).sequence).toBe(i + 2);
  });

  it.each([
    ['the batch that is being written', 'a', 1],
    ['one that waits behind it', 'b', 2],
  ])('a copy of what is in %s waits for it, and is known', async (_where, name, sequence) => {
    await log.append(webhook('b'));
    const copy = log.append(webhook(name, { at: NOON + 1000 }));
    expect(await settles(copy)).toBe(false);
    index.release();
    expect(await copy).toMatchObject({ sequence, duplicate: true });
  });

  it('an event id that is in it is known too', async () => {
    await log.append(webhook('e', { eventId: 'one' }));
    const copy = log.append(webhook('f', { eventId: 'one', at: NOON + 1000 }));
    expect(await settles(copy)).toBe(false);
    index.release();
    expect(await copy).toMatchObject({ sequence: 2, duplicate: true });
  });

  it('events that are in it are known at once, and their keys wait for it', async () => {
    const { key } = await log.append(webhook('e', { eventId: 'one', isUnsigned: true }));
    expect(log.mayHaveEvent(eventNameOf(key))).toBe(true);
    const found = log.eventKeys(eventNameOf(key), 1);
    expect(await settles(found)).toBe(false);
    index.release();
    expect(await found).toEqual([key]);
  });

  it('reads by name or time wait for it', async () => {
    const { key } = await log.append(webhook('b'));
    const found = log.find(key);
    expect(await settles(found)).toBe(false);
    index.release();
    expect(await found).toMatchObject([{ key, sequence: 2 }]);
  });

  it('close waits for it', async () => {
    await log.append(webhook('b'));
    const closed = log.close();
    expect(await settles(closed)).toBe(false);
    index.release();
    await closed;
    const again = await OrderedLog.open({ ...OPTIONS, log: database, index });
    expect(await namesOf(again)).toEqual(['a', 'b']);
    await again.close();
  });
});

describe('rows of many batches', () => {
  let index: Database;
  let log: OrderedLog;
  let idle: () => void;

  beforeEach(async () => {
    index = emptyMemory();
    const whileIdle = (): Promise<void> => new Promise((resolve) => (idle = resolve));
    log = await OrderedLog.open({ ...OPTIONS, log: emptyMemory(), index, idle: whileIdle });
    await log.lead();
  });

  const appendAll = async (first: number, last: number): Promise<void> => {
    for (let i = first; i <= last; i++) await log.append(webhook(i));
  };
  const written = async (): Promise<number> => (await index.keys(ENTRY_KEY_ROWS).all()).length;

  it('are written at once: when somebody asks, when they are many, and at the end', async () => {
    await appendAll(1, 100);
    expect(await written()).toBe(0);
    await log.find(webhook(1).key);
    expect(await written()).toBe(100);
    await appendAll(101, 800);
    const many = await written();
    expect(many).toBeGreaterThan(500);
    expect(many).toBeLessThan(800);
    await log.close();
    await index.open();
    expect(await written()).toBe(800);
  });

  it('are written when the log is idle for a while, again and again', async () => {
    for (const count of [3, 6]) {
      await appendAll(count - 2, count);
      expect(await settles(Promise.resolve())).toBe(true);
      expect(await written()).toBe(count - 3);
      idle();
      expect(await settles(Promise.resolve())).toBe(true);
      expect(await written()).toBe(count);
    }
    await log.close();
  });

  it('are written behind a cut: an index of before it would have to be made anew', async () => {
    await appendAll(1, 3);
    await log.promise(9);
    await log.cut({ after: { sequence: 1, n: 0 }, epoch: 9 });
    expect(await settles(Promise.resolve())).toBe(true);
    expect(decodeExtent(await index.get(THROUGH_ROW))).toMatchObject({
      position: log.tail.position,
      cuts: 1,
    });
    await log.close();
  });
});
