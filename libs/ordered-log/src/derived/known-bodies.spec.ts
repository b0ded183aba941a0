import { eventNameOf } from '@hooklog/object-id';
import { untilBodiesKnown } from '../conformance/bodies';
import { NOON, webhook } from '../conformance/webhooks';
import type { OrderedLogOptions } from '../index';
import { OrderedLog } from '../index';
import { type Fault, FaultyLevel } from '../testing/faulty';
import { HeldLevel } from '../testing/held';
import { emptyMemory } from '../testing/memory';
import { manyTurns } from '../testing/settles';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };
const EVENT = { source: 's', eventId: '1' };
/** More than one page of rows. */
const MANY = 3000;

const digestOf = (name: string | number) => webhook(name).digest;

async function openMaster(databases: Pick<OrderedLogOptions, 'log' | 'index'>): Promise<OrderedLog> {
  const log = await OrderedLog.open({ ...OPTIONS, ...databases });
  await log.lead();
  return log;
}

describe('bodies that may be there', () => {
  it('are all those that were stored before anybody asked, and since', async () => {
    const databases = { log: emptyMemory(), index: emptyMemory() };
    const before = await openMaster(databases);
    await before.appendAll(Array.from({ length: MANY }, (_, i) => webhook(i, { at: NOON + i })));
    await before.append(webhook('event', EVENT));
    await before.close();

    const log = await openMaster(databases);
    await log.append(webhook('since the start'));
    const stored = [...Array(MANY).keys(), 'event', 'since the start'];
    expect(stored.filter((name) => !log.mayHaveBody(digestOf(name)))).toEqual([]);
    await untilBodiesKnown(log);
    expect(stored.filter((name) => !log.mayHaveBody(digestOf(name)))).toEqual([]);
    for (const [name, options] of [
      ['plain', {}],
      ['another event', { ...EVENT, eventId: '2' }],
    ] as const) {
      expect(log.mayHaveBody(digestOf(name))).toBe(false);
      await log.append(webhook(name, options));
      expect(log.mayHaveBody(digestOf(name))).toBe(true);
    }
    await log.close();
  });

  it('are any until all of them are known', async () => {
    const index = new HeldLevel();
    const log = await openMaster({ log: emptyMemory(), index });
    index.hold();
    await log.append(webhook('being written'));
    expect(log.mayHaveBody(digestOf('nothing'))).toBe(true);
    await log.append(webhook('waits behind it'));
    await manyTurns();
    expect(log.mayHaveBody(digestOf('nothing'))).toBe(true);
    // only what was there when it was asked is written by then
    index.release();
    index.hold();
    await untilBodiesKnown(log);
    expect(log.mayHaveBody(digestOf('being written'))).toBe(true);
    expect(log.mayHaveBody(digestOf('waits behind it'))).toBe(true);
    index.release();
    await log.close();
  });

  it('are learned by the next one asked when they could not be read', async () => {
    const index = emptyMemory();
    const log = await openMaster({ log: emptyMemory(), index });
    const { key } = await log.append(webhook('a'));
    expect(await log.find(key)).toHaveLength(1);
    await index.close();
    expect(log.mayHaveBody(digestOf('nothing'))).toBe(true);
    await manyTurns();
    await index.open();
    await untilBodiesKnown(log);
    expect(['a', 'nothing'].map((name) => log.mayHaveBody(digestOf(name)))).toEqual([true, false]);
    await log.close();
  });

  it('are looked at no longer by a log that is closed meanwhile', async () => {
    const index = new HeldLevel();
    const log = await openMaster({ log: emptyMemory(), index });
    index.hold();
    await log.append(webhook('a'));
    expect(log.mayHaveBody(digestOf('a'))).toBe(true);
    const closed = log.close();
    index.release();
    await closed;
    expect(() => log.mayHaveBody(digestOf('a'))).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});

describe.each<Fault>(['before', 'after'])('events behind a write that fails %s it took effect', (fault) => {
  it('may be there if they were stored', async () => {
    const database = new FaultyLevel();
    const log = await openMaster({ log: database, index: emptyMemory() });
    const names = ['a', 'lost?', 'nobody'];
    const eventOf = (eventId: string) => webhook('body', { ...EVENT, eventId, isUnsigned: true });
    await log.append(eventOf('a'));
    Object.assign(database, { fault, failAfter: 0 });
    await expect(log.append(eventOf('lost?'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await log.recover();
    const isStored = fault === 'after';
    expect(names.map((id) => log.mayHaveEvent(eventNameOf(eventOf(id).key)))).toEqual([
      true,
      isStored,
      false,
    ]);
    for (const [id, count] of [
      ['a', 1],
      ['lost?', isStored ? 1 : 0],
    ] as const)
      expect(await log.eventKeys(eventNameOf(eventOf(id).key), 9)).toHaveLength(count);
    await log.close();
  });
});

describe.each<Fault>(['before', 'after'])('bodies behind a write that fails %s it took effect', (fault) => {
  it('of the log may be there if they were stored', async () => {
    const database = new FaultyLevel();
    const log = await openMaster({ log: database, index: emptyMemory() });
    await log.append(webhook('a'));
    await untilBodiesKnown(log);
    Object.assign(database, { fault, failAfter: 0 });
    await expect(log.append(webhook('lost?', EVENT))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await log.recover();
    const mayBeThere = async () => {
      expect(log.mayHaveBody(digestOf('a'))).toBe(true);
      if (fault === 'after') expect(log.mayHaveBody(digestOf('lost?'))).toBe(true);
      await untilBodiesKnown(log);
    };
    await mayBeThere();
    await mayBeThere();
    expect(log.mayHaveBody(digestOf('lost?'))).toBe(fault === 'after');
    await log.close();
  });

  it('of the index are learned anew when it is mended', async () => {
    const index = new FaultyLevel();
    const log = await openMaster({ log: emptyMemory(), index });
    Object.assign(index, { fault, failAfter: 0 });
    await log.append(webhook('a'));
    expect(log.mayHaveBody(digestOf('nothing'))).toBe(true);
    await manyTurns();
    expect([log.health, log.mayHaveBody(digestOf('nothing'))]).toEqual(['failed', true]);
    await log.append(webhook('b'));
    await untilBodiesKnown(log);
    expect(['a', 'b'].map((name) => log.mayHaveBody(digestOf(name)))).toEqual([true, true]);
    await log.close();
  });
});
