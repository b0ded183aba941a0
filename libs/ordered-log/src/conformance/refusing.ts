import { DEFAULT_LIMITS } from '../limits';
import { START } from '../position';
import type { Backend } from './place';
import { Place } from './place';
import { all, entriesOf, namesOf, NOON, taken, webhook } from './webhooks';

export function describeRefusing(backend: Backend): void {
  describe('limits', () => {
    it('refuse an entry that is too large, and take one of exactly the limit', async () => {
      const log = await new Place(backend).lead({ limits: { entryBytesMax: 1000 } });
      const sizes = Array.from({ length: 300 }, (_, i) => 600 + i);
      const fits = (bytes: number): Promise<boolean> =>
        log.append(webhook(bytes, { bytes })).then(
          () => true,
          () => false,
        );
      const fitted = await Promise.all(sizes.map(fits));
      expect(fitted.indexOf(false)).toBe(fitted.lastIndexOf(true) + 1);
      const frames = (await log.records({ sequence: log.tail.position.sequence - 1, n: 0 })).map(
        ({ frame }) => frame.length,
      );
      expect(frames).toEqual([1000]);
      await expect(log.append(webhook('y', { bytes: 1000 }))).rejects.toMatchObject({
        code: 'ENTRY_TOO_LARGE',
      });
      await expect(log.append(webhook('z', { eventId: 'x'.repeat(70_000) }))).rejects.toMatchObject({
        code: 'ENTRY_TOO_LARGE',
      });
      expect((await log.append(webhook('y'))).duplicate).toBe(false);
      await log.close();
    });

    it('do not refuse what another store has answered', async () => {
      const log = await new Place(backend).lead({ limits: { entryBytesMax: 1000 } });
      const entries = [taken(1, webhook('large', { bytes: 9000 }))];
      expect((await log.appendCollected({ entries })).appended).toBe(1);
      await log.close();
    });

    it('refuse entries that would wait beyond the queue, and take them later', async () => {
      const log = await new Place(backend).lead({ limits: { queueEntriesMax: 3 } });
      const asked = await Promise.allSettled([1, 2, 3, 4, 5].map((name) => log.append(webhook(name))));
      expect(asked.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
      ]);
      expect(asked[4]).toMatchObject({ reason: { code: 'OVERLOADED' } });
      expect(await namesOf(log)).toEqual([1, 2, 3]);
      expect((await log.append(webhook(4))).sequence).toBe(4);
      await log.close();
    });

    it('count the bytes that wait, but never refuse the only one', async () => {
      const log = await new Place(backend).lead({ limits: { queueBytesMax: 5000 } });
      const large = (name: string): Promise<unknown> => log.append(webhook(name, { bytes: 3000 }));
      const asked = await Promise.allSettled([large('a'), large('b'), log.append(webhook('c'))]);
      expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      await log.append(webhook('d', { bytes: 9000 }));
      expect(await namesOf(log)).toEqual(['a', 'c', 'd']);
      await log.close();
    });

    it('cut what waits into batches, and lose nothing of it', async () => {
      const log = await new Place(backend).lead({ limits: { batchBytesMax: 2000, batchEntriesMax: 3 } });
      const names = Array.from({ length: 25 }, (_, i) => i);
      await Promise.all(names.map((name) => log.append(webhook(name, { bytes: (name % 5) * 700 }))));
      expect(await namesOf(log)).toEqual(names);
      await log.close();
    });

    it('have defaults that fit each other', () => {
      const { entryBytesMax, queueBytesMax, batchBytesMax } = DEFAULT_LIMITS;
      expect(batchBytesMax).toBeLessThanOrEqual(entryBytesMax);
      expect(entryBytesMax).toBeLessThanOrEqual(queueBytesMax);
    });
  });

  describe('a closed log', () => {
    it('refuses everything as CLOSED, and closes once', async () => {
      const place = new Place(backend);
      const log = await place.open();
      const walk = log.entries(0)[Symbol.asyncIterator]();
      await Promise.all([log.close(), log.close()]);
      await log.close();
      const batch = { epoch: 1, previous: START, previousChain: Buffer.alloc(16), records: [] };
      const asked = [
        () => log.append(webhook(1)),
        () => log.lead(),
        () => log.appendCollected({ entries: [] }),
        () => log.appendReplica(batch),
        () => log.records(START),
        () => log.chainAt(START),
        () => log.pending(0),
        () => entriesOf(log),
        () => walk.next(),
        () => all(log.received({ from: 0, to: NOON })),
        () => all(log.keys({ fromSeconds: 0, toSeconds: 1 })),
        () => log.find(webhook(1).key),
        () => log.findDigest(webhook(1).digest),
        () => all(log.eventsWithBody(webhook(1).digest, 1)),
        () => log.eventKeys(webhook(1).key, 1),
        () => log.changed(),
        () => log.readMeta('a'),
        () => log.writeMeta('a', Buffer.of(1)),
        () => log.deleteMeta('a'),
        () => log.metaNames(''),
        () => log.recover(),
      ];
      for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'CLOSED' });
      expect(() => log.mayHaveBody(webhook(1).digest)).toThrow('the log is closed');
      expect(() => log.mayHaveEvent(webhook(1).key)).toThrow('the log is closed');
    });

    it('has finished what it had taken', async () => {
      const place = new Place(backend, { limits: { batchEntriesMax: 2 } });
      const log = await place.lead();
      const taken = [1, 2, 3, 4, 5].map((name) => log.append(webhook(name)));
      await log.close();
      expect((await Promise.all(taken)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
      expect(await namesOf(await place.open())).toEqual([1, 2, 3, 4, 5]);
      await place.log!.close();
    });
  });

  describe('meta', () => {
    it('is durable, listed by prefix, and apart from the rows of the library', async () => {
      const place = new Place(backend);
      let log = await place.open();
      for (const name of ['b/2', 'b/1', 'a', 'format', 'store', 'clean-stop', ''])
        await log.writeMeta(name, Buffer.from(name));
      await log.deleteMeta('a');
      log = await place.crashAndOpen();
      expect(await log.metaNames('b/')).toEqual(['b/1', 'b/2']);
      expect(await log.metaNames('')).toEqual(['', 'b/1', 'b/2', 'clean-stop', 'format', 'store']);
      expect(await log.readMeta('format')).toEqual(Buffer.from('format'));
      expect(await log.readMeta('a')).toBeUndefined();
      await log.close();
    });
  });
}
