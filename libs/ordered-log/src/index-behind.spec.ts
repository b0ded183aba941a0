import { eventNameOf } from '@hooklog/object-id';
import { namesOf, NOON, webhook } from './conformance/webhooks';
import type { Database } from './database';
import { OrderedLog } from './index';
import { HeldLevel } from './testing/held';
import { emptyMemory } from './testing/memory';
import { settles } from './testing/settles';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };

describe('while the index is being written', () => {
  let database: Database;
  let index: HeldLevel;
  let log: OrderedLog;

  beforeEach(async () => {
    database = emptyMemory();
    index = new HeldLevel();
    log = await OrderedLog.open({ ...OPTIONS, log: database, index });
    await log.lead();
    index.hold();
    await log.append(webhook('a'));
  });

  afterEach(async () => {
    index.release();
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
