import { all, collect, namesOf, NOON, replicate, webhook } from './conformance/webhooks';
import { OrderedLog, type OrderedLogOptions } from './index';
import { copyOf, emptyMemory } from './testing/memory';

const OPTIONS = { newStoreId: '00000000000000cc', node: 'n' };

function opened(options: Partial<OrderedLogOptions> = {}): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, log: emptyMemory(), index: emptyMemory(), ...options });
}

/** A slave that was collected up to two webhooks that its backup does not know. */
async function restored(): Promise<{ writer: OrderedLog; slave: OrderedLog }> {
  const writer = await opened({ newStoreId: 'd'.repeat(16), node: 'm' });
  await writer.lead();
  const log = emptyMemory();
  const slave = await opened({ log });
  await slave.append(webhook('before the backup'));
  await collect(slave, writer);
  await replicate(writer, slave);
  const backup = await copyOf(log);
  for (const name of ['later 1', 'later 2']) await slave.append(webhook(name));
  await collect(slave, writer);
  return { writer, slave: await opened({ log: backup }) };
}

describe('a store that was restored from a backup', () => {
  it('keeps what it took under arrivals that the log knows from before', async () => {
    const { writer, slave } = await restored();
    const answered = await slave.append(webhook('new', { at: NOON + 1000 }));
    await replicate(writer, slave);
    expect(slave.pendingEntries).toBe(1);
    expect(await slave.find(answered.key)).toHaveLength(1);
    await collect(slave, writer);
    await replicate(writer, slave);
    expect(await namesOf(slave)).toEqual(['before the backup', 'later 1', 'later 2', 'new']);
    expect(slave.pendingEntries).toBe(0);
  });

  it('gives no arrival that the log names', async () => {
    const { writer, slave } = await restored();
    await replicate(writer, slave);
    await slave.append(webhook('new', { at: NOON + 1000 }));
    const named = (await all(slave.entries(0))).map(({ origin }) => origin.arrival);
    const [pending] = await slave.pending(0);
    expect(named).not.toContain(pending!.arrival);
  });

  it('gets a receipt for a copy under an arrival that has a receipt of another event', async () => {
    const writer = await opened({ newStoreId: 'd'.repeat(16), node: 'm' });
    await writer.lead();
    for (const name of ['once', 'twice']) await writer.append(webhook(name));
    const before = await opened();
    await before.append(webhook('once', { at: NOON + 500 }));
    await collect(before, writer);
    const slave = await opened(); // the same store, as it was before that
    await slave.append(webhook('twice', { at: NOON + 500 }));
    await collect(slave, writer);
    await replicate(writer, slave);
    expect(slave.pendingEntries).toBe(0);
  });
});
