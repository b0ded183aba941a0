import type { Backend } from './place';
import { Place } from './place';
import { all, collect, entriesOf, nameOf, namesOf, NOON, replicate, shapeOf, webhook } from './webhooks';

export function describeAppending(backend: Backend): void {
  describe('append', () => {
    it('gives the writer’s entries dense sequences, in the order in which they were asked', async () => {
      const log = await new Place(backend).lead();
      const answers = await Promise.all([1, 2, 3, 4, 5].map((name) => log.append(webhook(name))));
      expect(answers.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
      expect(await namesOf(log)).toEqual([1, 2, 3, 4, 5]);
      await log.close();
    });

    it('keeps every field of an entry', async () => {
      const log = await new Place(backend).lead({ node: 'münchen' });
      const candidate = webhook('whole', { source: 'github', eventId: 'é-1', at: NOON + 123 });
      const bytes = { ...webhook('bare'), kind: 'bytes' as const, headers: [], body: Buffer.of(0, 255, 10) };
      await log.append(candidate);
      await log.append(bytes);
      const [whole, bare] = await entriesOf(log);
      const origin = { node: 'münchen', store: log.store, arrival: 1 };
      expect(whole).toEqual({ ...candidate, origin, sequence: 1 });
      expect(bare).toEqual({ ...bytes, origin: { ...origin, arrival: 2 }, sequence: 2 });
      await log.close();
    });

    it('keeps entries of a node that is not the writer as pending, without a sequence', async () => {
      const log = await new Place(backend).open();
      const { sequence, duplicate } = await log.append(webhook('early'));
      expect([sequence, duplicate, log.pendingEntries, log.tail.position.sequence]).toEqual([
        null,
        false,
        1,
        0,
      ]);
      expect((await all(log.received({ from: NOON, to: NOON + 1 }))).map(nameOf)).toEqual(['early']);
      await log.close();
    });

    it('answers when the entry is durable: a crash right after loses nothing', async () => {
      const place = new Place(backend);
      const log = await place.lead();
      await Promise.all([1, 2, 3].map((name) => log.append(webhook(name))));
      expect(await namesOf(await place.crashAndOpen())).toEqual([1, 2, 3]);
      await place.log!.close();
    });

    it('gives arrivals that are never used twice, also over restarts and crashes', async () => {
      const place = new Place(backend);
      let log = await place.open();
      for (const name of ['a', 'b']) await log.append(webhook(name));
      log = await place.restart();
      await log.append(webhook('c'));
      log = await place.crashAndOpen();
      await log.append(webhook('d'));
      expect((await log.pending(0)).map(({ arrival }) => arrival)).toEqual([1, 2, 3, 4]);
      await log.close();
    });

    it('uses no arrival twice when nothing is pending any more', async () => {
      const [writer, place] = [await new Place(backend).lead(), new Place(backend)];
      let log = await place.open();
      await log.append(webhook('a'));
      await collect(log, writer);
      await replicate(writer, log);
      log = await place.crashAndOpen();
      await log.append(webhook('b'));
      expect((await log.pending(0)).map(({ arrival }) => arrival)).toEqual([2]);
      await Promise.all([log.close(), writer.close()]);
    });

    it('turns what is pending into entries of the log when the node becomes the writer', async () => {
      const log = await new Place(backend).open();
      for (const name of [1, 2, 3]) await log.append(webhook(name));
      expect(await log.lead()).toBe(1);
      expect([log.leading, log.pendingEntries]).toEqual([true, 0]);
      expect(await log.pending(0)).toEqual([]);
      expect(await shapeOf(log)).toEqual(['epoch (0, 1)', 'entry (1, 0)', 'entry (2, 0)', 'entry (3, 0)']);
      const again = await log.append(webhook(2));
      expect([again.sequence, again.duplicate]).toEqual([2, true]);
      await log.close();
    });

    it('begins a new epoch each time a writer begins', async () => {
      const place = new Place(backend);
      await place.lead();
      const log = await place.restart();
      expect(log.leading).toBe(false);
      expect(await log.lead()).toBe(2);
      expect(log.tail.epoch).toBe(2);
      await log.close();
    });
  });

  describe('receivedAt', () => {
    it('never goes back, not even over a restart with a clock that did', async () => {
      const place = new Place(backend);
      let log = await place.lead();
      expect([log.receivedAt(NOON), log.receivedAt(NOON - 500)]).toEqual([NOON, NOON]);
      const first = log.receivedAt(NOON + 10);
      await log.append(webhook('a', { at: first }));
      log = await place.restart();
      expect(log.receivedAt(NOON - 5000)).toBe(first);
      const settled = log.receivedAt(NOON + 15);
      expect(settled).toBeGreaterThan(first);
      log = await place.restart();
      expect(log.receivedAt(NOON)).toBe(settled);
      const last = log.receivedAt(NOON + 20);
      await log.append(webhook('b', { at: last }));
      log = await place.crashAndOpen();
      expect(log.receivedAt(0)).toBe(last);
      await log.close();
    });
  });
}
