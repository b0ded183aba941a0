import { rowsOf } from './rows';
import type { OrderedLog } from '../ordered-log';
import type { Backend } from './place';
import { Place } from './place';
import { collect, namesOf, NOON, replicate, taken, webhook } from './webhooks';

async function fill(place: Place): Promise<void> {
  const log = await place.lead();
  for (let i = 0; i < 30; i++) await log.append(webhook(i % 20, { at: NOON + i * 7000 }));
  const id = { source: 's', eventId: 'e' };
  await log.append(webhook('event', id));
  const copies = [
    taken(1, webhook(3, { at: NOON + 22_000 })),
    taken(2, webhook('other', { ...id, at: NOON + 9 })),
  ];
  await log.appendCollected({ entries: copies });
  await indexed(log);
}

/** A read waits for the index; whoever looks into the database has to wait too. */
async function indexed(log: OrderedLog): Promise<void> {
  await log.find(webhook('nothing').key);
}

export function describeReopening(backend: Backend): void {
  describe('opening again', () => {
    it('shows the same log after a clean stop, and after a crash', async () => {
      const place = new Place(backend);
      await fill(place);
      const { tail, store } = place.log!;
      const names = await namesOf(place.log!);
      for (const open of [() => place.restart(), () => place.crashAndOpen(), () => place.restart()]) {
        const log = await open();
        expect([log.tail, log.store, await namesOf(log)]).toEqual([tail, store, names]);
      }
      await place.log!.close();
    });

    it('keeps the store id that the disk was given first', async () => {
      const place = new Place(backend);
      await place.open({ newStoreId: '00000000000000aa' });
      const log = await place.restart({ newStoreId: '00000000000000bb' });
      expect(log.store).toBe('00000000000000aa');
      await log.close();
    });

    it('opens after a clean stop that was followed by a crash before anything was written', async () => {
      const place = new Place(backend);
      await fill(place);
      await place.restart();
      const log = await place.crashAndOpen({ machineRun: 'another' });
      expect((await log.append(webhook(1, { at: NOON + 7000 }))).sequence).toBe(2);
      await log.close();
    });

    it('opens after writes that followed a clean stop and ended in a crash', async () => {
      const place = new Place(backend);
      await fill(place);
      let log = await place.restart();
      await log.append(webhook('pending'));
      log = await place.crashAndOpen();
      expect(log.pendingEntries).toBe(1);
      await log.lead();
      await log.append(webhook('more'));
      log = await place.crashAndOpen();
      expect((await namesOf(log)).slice(-2)).toEqual(['pending', 'more']);
      await log.close();
    });
  });

  describe('the index', () => {
    const rebuilt = async (place: Place): Promise<[string[], string[]]> => {
      await indexed(place.log!);
      const incremental = await rowsOf(place.databases!.index);
      await place.crashAndOpen({ machineRun: 'after a power cut' });
      const anew = await rowsOf(place.databases!.index);
      return [incremental, anew];
    };

    it('built anew is the one that was written along, on a writer', async () => {
      const place = new Place(backend);
      await fill(place);
      const [incremental, anew] = await rebuilt(place);
      expect(anew).toEqual(incremental);
      await place.log!.close();
    });

    it('built anew is the one that was written along, on a follower', async () => {
      const [writer, place] = [await new Place(backend).lead(), new Place(backend)];
      const log = await place.open();
      const id = { source: 's', eventId: 'e' };
      for (let i = 0; i < 9; i++) {
        await writer.append(webhook(i, { at: NOON + i }));
        await log.append(webhook(i + 4, { at: NOON + i * 3 }));
        if (i % 3 === 1) await collect(log, writer);
        if (i % 3 === 2) await replicate(writer, log);
      }
      await writer.append(webhook('one', id));
      await log.append(webhook('two', { ...id, at: NOON + 99_000 }));
      await log.append(webhook('left'));
      await replicate(writer, log);
      const [incremental, anew] = await rebuilt(place);
      expect(anew).toEqual(incremental);
      await collect(place.log!, writer);
      await replicate(writer, place.log!);
      const [after, afterAnew] = await rebuilt(place);
      expect(afterAnew).toEqual(after);
      await Promise.all([place.log!.close(), writer.close()]);
    });

    it('is built anew when it was deleted, in pages', async () => {
      const place = new Place(backend, { limits: { pageEntriesMax: 4 } });
      await fill(place);
      const before = await rowsOf(place.databases!.index);
      await place.log!.close();
      const index = backend.database(`${place.name}-index`);
      await index.open();
      await index.clear();
      await index.close();
      await place.open();
      expect(await rowsOf(place.databases!.index)).toEqual(before);
      await place.log!.close();
    });

    it('of another store is not believed', async () => {
      const [place, other] = [new Place(backend), new Place(backend)];
      await fill(place);
      await other.open({ newStoreId: 'f'.repeat(16) });
      await other.log!.append(webhook('foreign'));
      await indexed(other.log!);
      const before = await rowsOf(place.databases!.index);
      await Promise.all([place.log!.close(), other.log!.close()]);
      const log = await place.open({}, other.name);
      expect(await rowsOf(place.databases!.index)).toEqual(before);
      expect((await log.append(webhook('event', { source: 's', eventId: 'e' }))).duplicate).toBe(true);
      await log.close();
    });
  });
}
