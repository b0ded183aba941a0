import { decodeRecord } from '../frame/frame';
import type { Backend } from './place';
import { Place } from './place';
import {
  all,
  collect,
  entriesOf,
  namesOf,
  NOON,
  recordsOf,
  replicate,
  shapeOf,
  taken,
  webhook,
} from './webhooks';

export function describeCollecting(backend: Backend): void {
  describe('appendCollected', () => {
    it('gives entries of other stores a sequence, and leaves their origin as it was', async () => {
      const log = await new Place(backend).lead();
      const entries = [taken(3, webhook('a')), taken(7, webhook('b'))];
      expect(await log.appendCollected({ entries })).toEqual({ appended: 2, receipts: 0, known: 0 });
      const stored = await entriesOf(log);
      expect(stored).toEqual(entries.map((entry, i) => ({ ...entry, sequence: i + 1 })));
      await log.close();
    });

    it('writes a receipt for a copy of what the log has, once', async () => {
      const log = await new Place(backend).lead();
      await log.append(webhook('a'));
      const entries = [taken(1, webhook('a', { at: NOON + 1000 }))];
      expect(await log.appendCollected({ entries })).toEqual({ appended: 0, receipts: 1, known: 0 });
      expect(await log.appendCollected({ entries })).toEqual({ appended: 0, receipts: 0, known: 1 });
      expect(await shapeOf(log)).toEqual(['epoch (0, 1)', 'entry (1, 0)', 'receipt (1, 1)']);
      const [, , last] = (await recordsOf(log)).map(decodeRecord);
      const receipt = {
        origin: entries[0]!.origin,
        key: entries[0]!.key,
        digest: entries[0]!.digest,
        sequence: 1,
        sameKey: false,
      };
      expect(last).toMatchObject({ type: 'receipt', receipt });
      await log.close();
    });

    it('writes a receipt for an equal key of another origin, once', async () => {
      const log = await new Place(backend).lead();
      await log.append(webhook('a'));
      const page = { entries: [taken(1, webhook('a'))] };
      expect((await log.appendCollected(page)).receipts).toBe(1);
      expect((await log.appendCollected(page)).known).toBe(1);
      const { key } = webhook('a');
      expect(await all(log.received({ from: NOON, to: NOON + 1 }))).toMatchObject([{ key, sequence: 1 }]);
      expect(await all(log.keys({ fromSeconds: 0, toSeconds: 2 ** 32 }))).toEqual([{ key, pending: false }]);
      await log.close();
    });

    it('changes nothing when a page comes again, whole or in part, also after a crash', async () => {
      const place = new Place(backend);
      let log = await place.lead();
      const entries = [1, 2, 3, 2, 4].map((name, i) => taken(i + 1, webhook(name, { at: NOON + i })));
      expect(await log.appendCollected({ entries })).toEqual({ appended: 4, receipts: 1, known: 0 });
      const { position } = log.tail;
      expect((await log.appendCollected({ entries: entries.slice(2) })).known).toBe(3);
      log = await place.crashAndOpen({ machineRun: 'another' });
      await log.lead();
      expect((await log.appendCollected({ entries })).known).toBe(5);
      expect([position.sequence, log.tail.position.sequence]).toEqual([4, 4]);
      await log.close();
    });

    it('counts copies within one page, and one entry twice in one page', async () => {
      const log = await new Place(backend).lead();
      const [a, copy] = [taken(1, webhook('a')), taken(2, webhook('a', { at: NOON + 1 }))];
      expect(await log.appendCollected({ entries: [a, copy, a, copy] })).toEqual({
        appended: 1,
        receipts: 1,
        known: 2,
      });
      await log.close();
    });

    it('stores the checkpoint with its page: after a crash either both are there or neither', async () => {
      const place = new Place(backend);
      let log = await place.lead();
      const checkpoint = { name: 'collected/x', value: Buffer.from('7') };
      await log.appendCollected({ entries: [taken(7, webhook('a'))], checkpoint });
      log = await place.crashAndOpen();
      expect(await log.readMeta('collected/x')).toEqual(checkpoint.value);
      expect(await namesOf(log)).toEqual(['a']);
      await log.close();
    });

    it('stores a checkpoint also when the page brought nothing new', async () => {
      const log = await new Place(backend).lead();
      const entries = [taken(1, webhook('a'))];
      await log.appendCollected({ entries });
      await log.appendCollected({ entries, checkpoint: { name: 'c', value: Buffer.from('1') } });
      await log.appendCollected({ entries: [], checkpoint: { name: 'd', value: Buffer.from('2') } });
      expect([await log.readMeta('c'), await log.readMeta('d')].map(String)).toEqual(['1', '2']);
      await log.close();
    });

    it('is refused by a node that is not the writer', async () => {
      const log = await new Place(backend).open();
      const page = { entries: [taken(1, webhook('a'))], checkpoint: { name: 'c', value: Buffer.from('1') } };
      await expect(log.appendCollected(page)).rejects.toMatchObject({ code: 'NOT_LEADING' });
      expect(await log.readMeta('c')).toBeUndefined();
      await log.close();
    });
  });

  describe('a pending entry', () => {
    it('leaves in the batch in which the log names it, as an entry', async () => {
      const [writer, place] = [await new Place(backend).lead(), new Place(backend)];
      let log = await place.open();
      const { key } = await log.append(webhook('a'));
      await collect(log, writer);
      await replicate(writer, log);
      expect([log.pendingEntries, await log.pending(0)]).toEqual([0, []]);
      expect(await log.find(key)).toMatchObject([{ sequence: 1, origin: { store: log.store, arrival: 1 } }]);
      log = await place.crashAndOpen();
      expect([log.pendingEntries, await namesOf(log)]).toEqual([0, ['a']]);
      await Promise.all([log.close(), writer.close()]);
    });

    it('leaves by a receipt, and its key stays a name of the entry that it is a copy of', async () => {
      const [writer, place] = [await new Place(backend).lead(), new Place(backend)];
      let log = await place.open();
      const first = await writer.append(webhook('a'));
      const copy = await log.append(webhook('a', { at: NOON + 2000 }));
      await collect(log, writer);
      await replicate(writer, log);
      expect([log.pendingEntries, await log.pending(0)]).toEqual([0, []]);
      expect(await writer.find(copy.key)).toMatchObject([{ key: first.key, sequence: 1 }]);
      log = await place.crashAndOpen({ machineRun: 'another' });
      const [found] = await log.find(copy.key);
      expect([found!.key, found!.sequence]).toEqual([first.key, 1]);
      expect(await log.append(webhook('a', { at: NOON + 2000 }))).toEqual({ ...first, duplicate: true });
      expect(await all(log.received({ from: NOON, to: NOON + 10_000 }))).toHaveLength(1);
      expect(await all(log.keys({ fromSeconds: 0, toSeconds: 2 ** 32 }))).toEqual([
        { key: first.key, pending: false },
      ]);
      await Promise.all([log.close(), writer.close()]);
    });

    it('stays when the log names the same arrival of another store: a node that lost its disk', async () => {
      const writer = await new Place(backend).lead();
      const before = await new Place(backend, { node: 'slave', newStoreId: 'b'.repeat(16) }).open();
      await before.append(webhook('old'));
      await collect(before, writer);
      await before.close();
      const after = await new Place(backend, { node: 'slave', newStoreId: 'c'.repeat(16) }).open();
      await after.append(webhook('new'));
      await replicate(writer, after);
      expect([after.pendingEntries, await namesOf(after)]).toEqual([1, ['old']]);
      await collect(after, writer);
      await replicate(writer, after);
      expect([after.pendingEntries, await namesOf(after)]).toEqual([0, ['old', 'new']]);
      await Promise.all([after.close(), writer.close()]);
    });

    it('is answered for itself until the log names it, and the log’s copy of it afterwards', async () => {
      const [writer, log] = [await new Place(backend).lead(), await new Place(backend).open()];
      await writer.append(webhook('a'));
      const own = await log.append(webhook('a', { at: NOON + 5000 }));
      await replicate(writer, log);
      expect(await log.append(webhook('a', { at: NOON + 5000 }))).toMatchObject({
        duplicate: true,
        sequence: 1,
      });
      expect(log.pendingEntries).toBe(1);
      await collect(log, writer);
      await replicate(writer, log);
      expect(await log.find(own.key)).toMatchObject([{ sequence: 1 }]);
      await Promise.all([log.close(), writer.close()]);
    });
  });
}
