import { entriesOf, NOON, webhook } from './conformance/webhooks';
import type { Databases } from './conformance';
import { OrderedLog } from './index';
import { copyOf, emptyMemory } from './testing/memory';

const OPTIONS = { node: 'n', newStoreId: 'b'.repeat(16) };

function opened(databases: Databases, newStoreId = OPTIONS.newStoreId): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, ...databases, newStoreId });
}

async function leading(databases: Databases): Promise<OrderedLog> {
  const log = await opened(databases);
  await log.lead();
  return log;
}

/** What the disk has when the power fails now, with an index that says nothing. */
async function afterCrash({ log }: Databases): Promise<Databases> {
  return { log: await copyOf(log), index: emptyMemory() };
}

function memory(): Databases {
  return { log: emptyMemory(), index: emptyMemory() };
}

describe('a writer', () => {
  it('writes nothing but records with most batches', async () => {
    const databases = memory();
    const log = await leading(databases);
    await log.append(webhook(1));
    const letters: string[] = [];
    databases.log.on('write', (changes: readonly { readonly key: Buffer }[]) =>
      letters.push(...changes.map(({ key }) => key.toString('latin1', 0, 1))),
    );
    for (const name of [2, 3, 4]) {
      await log.append(webhook(name));
      log.commit(log.tail.position);
    }
    expect(letters).toEqual(['l', 'l', 'l']);
    await log.close();
  });

  it('gives no arrival and no receipt time twice after a crash, however little it had noted', async () => {
    const databases = memory();
    const log = await leading(databases);
    for (const [i, name] of [1, 2, 3].entries()) await log.append(webhook(name, { at: NOON + i * 1000 }));
    const crashed = await afterCrash(databases);
    await log.close();
    const again = await leading(crashed);
    expect(again.receivedAt(NOON - 60_000)).toBe(NOON + 2000);
    await again.append(webhook(4, { at: NOON + 2000 }));
    const arrivals = (await entriesOf(again)).map(({ origin }) => origin.arrival);
    expect(arrivals.slice(0, 3)).toEqual([1, 2, 3]);
    expect(arrivals[3]).toBeGreaterThan(3);
    await again.close();
  });

  it('knows its last receipt time after a cut, too', async () => {
    const databases = memory();
    const log = await leading(databases);
    for (const [i, name] of [1, 2, 3].entries()) await log.append(webhook(name, { at: NOON + i * 1000 }));
    await log.promise(65_536 * 2);
    await log.cut({ after: { sequence: 1, n: 0 }, epoch: 65_536 * 2 });
    const crashed = await afterCrash(databases);
    await log.close();
    const again = await opened(crashed);
    expect([again.pendingEntries, again.receivedAt(NOON)]).toEqual([2, NOON + 2000]);
    await again.close();
  });

  it('knows what is committed after its process died, from the index behind it', async () => {
    const databases = memory();
    const log = await leading(databases);
    for (const name of [1, 2]) {
      await log.append(webhook(name));
      log.commit(log.tail.position);
    }
    await log.append(webhook(3));
    await log.find(webhook(3).key);
    const died = { log: await copyOf(databases.log), index: await copyOf(databases.index) };
    await log.close();
    const again = await opened(died);
    expect(again.committed).toEqual({ sequence: 2, n: 0 });
    await again.close();
  });
});
