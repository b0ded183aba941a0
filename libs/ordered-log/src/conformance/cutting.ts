import { type EntryKey, eventNameOf, printEntryKey } from '@hooklog/object-id';
import { ROLLBACK } from '../cut/taken';
import { nextTerm } from '../epoch';
import { decodePendingFrame } from '../frame/frame';
import type { OrderedLog } from '../ordered-log';
import { type Position, START } from '../position';
import { NO_CLUSTER } from '../state';
import type { Backend } from './place';
import { Place, type PlaceOptions } from './place';
import { rowsOf } from './rows';
import { all, collect, entriesOf, follow, nameOf, namesOf, NOON, recordsOf, replicate } from './webhooks';
import { shapeOf, taken, webhook } from './webhooks';

const TERM = nextTerm(0)!;
const COMMON: Position = { sequence: 1, n: 0 };
const EVENT = { source: 's', eventId: 'e' };

async function pendingOf(log: OrderedLog): Promise<(string | number)[]> {
  const frames = await log.pending(0);
  return frames.map(({ frame, arrival }) => nameOf(decodePendingFrame(frame, arrival)));
}

/** Lines of the rollback rows, in the order of the cuts. */
async function rollbackOf(log: OrderedLog): Promise<Record<string, unknown>[]> {
  const rows = await Promise.all((await log.metaNames(ROLLBACK)).map((name) => log.readMeta(name)));
  const lines = rows.flatMap((row) => row!.toString().trimEnd().split('\n'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function keysOf(log: OrderedLog): Promise<{ readonly key: EntryKey; readonly pending: boolean }[]> {
  return all(log.keys({ fromSeconds: 0, toSeconds: 2 ** 32 }));
}

export function describeCutting(backend: Backend): void {
  describe('cut', () => {
    /** The writer of epoch 1, and one of a later term, whose log is another one behind entry 1. */
    let old: OrderedLog;
    let rival: OrderedLog;
    let place: Place;
    let log: OrderedLog;

    beforeEach(async () => {
      await begin({});
    });

    afterEach(async () => {
      await Promise.all([old.close(), rival.close(), place.log!.close()]);
    });

    async function begin(options: PlaceOptions): Promise<void> {
      old = await new Place(backend).lead();
      await old.append(webhook(1));
      rival = await new Place(backend).open();
      await replicate(old, rival);
      await rival.promise(TERM, rival.store);
      await rival.lead(TERM);
      place = new Place(backend, options);
      log = await place.open();
      await replicate(old, log);
    }

    const cut = (after = COMMON): Promise<void> => log.cut({ after, epoch: TERM });

    async function indexed(): Promise<string[]> {
      await log.find(webhook('nothing').key);
      return rowsOf(place.databases!.index);
    }

    /** The rows of the index, which are those of one that is built anew. */
    async function provenIndex(): Promise<string[]> {
      const along = await indexed();
      log = await place.crashAndOpen({ machineRun: 'after a power cut' });
      expect(along).toEqual(await rowsOf(place.databases!.index));
      return along;
    }

    it('takes the records behind a place, also for later starts', async () => {
      for (const name of [2, 3]) await old.append(webhook(name));
      await replicate(old, log);
      await cut();
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        expect(log.tail).toEqual({ position: COMMON, chain: await old.chainAt(COMMON), epoch: 1 });
        expect(await namesOf(log)).toEqual([1]);
        log = await open();
      }
    });

    it('makes entries pending again, in their order, whoever took them, under arrivals of this store', async () => {
      await log.append(webhook('own'));
      await old.append(webhook('foreign', EVENT));
      await collect(log, old);
      await replicate(old, log);
      expect(log.pendingEntries).toBe(0);
      await cut();
      const entries = (await log.pending(0)).map(({ frame, arrival }) => decodePendingFrame(frame, arrival));
      expect(entries.map(nameOf)).toEqual(['foreign', 'own']);
      expect(entries.map(({ origin }) => origin)).toEqual(
        [2, 3].map((arrival) => ({ node: 'node', store: log.store, arrival })),
      );
      const waiting = (await keysOf(log)).filter(({ pending }) => pending);
      expect([log.pendingEntries, waiting.length]).toEqual([2, 2]);
      for (const { key, digest } of entries) {
        expect(await log.find(key)).toMatchObject([{ key, sequence: null }]);
        expect(await log.findDigest(digest)).toMatchObject({ key });
      }
      const copies = [webhook('own', { at: NOON + 9 }), webhook('other', { ...EVENT, at: NOON + 99_000 })];
      for (const copy of copies)
        expect(await log.append(copy)).toMatchObject({ sequence: null, duplicate: true });
    });

    it('still names the events that were cut by what is pending', async () => {
      const unsigned = { ...EVENT, isUnsigned: true };
      const { key } = await old.append(webhook('a', unsigned));
      const copy = await log.append(webhook('a', { ...unsigned, at: NOON + 5000 }));
      await collect(log, old);
      await replicate(old, log);
      expect(copy.key).not.toEqual(key);
      await cut();
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        expect(log.mayHaveEvent(eventNameOf(key))).toBe(true);
        const keys = await log.eventKeys(eventNameOf(key), 9);
        expect(keys).toHaveLength(1);
        expect(await log.find(keys[0]!)).toMatchObject([{ key: keys[0], sequence: null, eventId: 'e' }]);
        log = await open();
      }
    });

    it('keeps the time of entries that another store took out of its own clock', async () => {
      await old.append(webhook('from the future', { at: NOON + 9_000_000 }));
      await replicate(old, log);
      await log.append(webhook('own', { at: log.receivedAt(NOON) }));
      await cut();
      log = await place.crashAndOpen();
      expect(log.receivedAt(NOON + 1)).toBe(NOON + 1);
    });

    it('brings back what a receipt had ended', async () => {
      await old.append(webhook('copied'));
      const { key } = await log.append(webhook('copied', { at: NOON + 5000 }));
      await collect(log, old);
      await replicate(old, log);
      expect([log.pendingEntries, await pendingOf(log)]).toEqual([0, []]);
      await cut({ sequence: 2, n: 0 });
      expect(await pendingOf(log)).toEqual(['copied']);
      expect(await log.find(key)).toMatchObject([{ key, sequence: null }]);
      await provenIndex();
    });

    it('lets no copy take the name of an entry that stays: it is not doubled later', async () => {
      const later = { at: NOON + 5000 };
      for (const name of ['same key', 'other key']) await old.append(webhook(name));
      await old.append(webhook('event', EVENT));
      await log.append(webhook('same key'));
      await log.append(webhook('other key', later));
      await log.append(webhook('retried', { ...EVENT, ...later }));
      await collect(log, old);
      await replicate(old, log);
      expect((await shapeOf(log)).slice(-3)).toEqual(['receipt (4, 1)', 'receipt (4, 2)', 'receipt (4, 3)']);
      await cut({ sequence: 4, n: 0 });
      expect(await pendingOf(log)).toEqual(['same key', 'other key', 'retried']);
      expect(await log.find(webhook('same key').key)).toMatchObject([{ sequence: 2 }]);
      await log.lead();
      expect(await namesOf(log)).toEqual([1, 'same key', 'other key', 'event']);
      await provenIndex();
    });

    it('takes entries together with their receipts, and finds all of them as pending', async () => {
      const later = { at: NOON + 5000 };
      await old.append(webhook('same key'));
      await old.append(webhook('event', EVENT));
      await log.append(webhook('same key'));
      const { key } = await log.append(webhook('retried', { ...EVENT, ...later }));
      await collect(log, old);
      await replicate(old, log);
      await cut();
      expect(await pendingOf(log)).toEqual(['same key', 'event', 'same key', 'retried']);
      expect(await log.find(key)).toMatchObject([{ key, sequence: null }]);
      expect((await log.append(webhook('again', { ...EVENT, at: NOON + 9000 }))).duplicate).toBe(true);
      await collect(log, rival);
      await follow(rival, log);
      expect(await namesOf(log)).toEqual([1, 'same key', 'event']);
      expect([log.pendingEntries, log.tail]).toEqual([0, rival.tail]);
    });

    it('leaves no name that leads to a sequence which is given again', async () => {
      await old.append(webhook('first'));
      const copy = taken(1, webhook('first', { at: NOON + 5000 }));
      await old.appendCollected({ entries: [copy] });
      await replicate(old, log);
      expect(await log.find(copy.key)).toMatchObject([{ sequence: 2 }]);
      await cut({ sequence: 2, n: 0 });
      await cut();
      expect(await log.find(copy.key)).toEqual([]);
      await rival.append(webhook('second'));
      await follow(rival, log);
      expect(await log.find(copy.key)).toEqual([]);
      expect((await log.append(copy)).duplicate).toBe(true); // of what is pending
      await provenIndex();
    });

    it('leaves the names of entries that are never cut', async () => {
      const copy = taken(1, webhook(1, { at: NOON + 5000 }));
      await old.appendCollected({ entries: [copy] });
      await replicate(old, log);
      log.commit(COMMON);
      await cut();
      expect(await log.find(copy.key)).toMatchObject([{ sequence: 1 }]);
      await collect(log, rival);
      expect(await log.append(copy)).toMatchObject({ sequence: 1, duplicate: true });
    });

    it('leaves a name that another receipt gives, too', async () => {
      await old.append(webhook('first'));
      const [one, two] = ['1', '2'].map((store) =>
        taken(1, webhook('first', { at: NOON + 5000 }), store.repeat(16)),
      );
      await old.appendCollected({ entries: [one!] });
      await old.append(webhook('between'));
      await old.appendCollected({ entries: [two!] });
      await replicate(old, log);
      await cut({ sequence: 3, n: 0 });
      expect(await log.find(two!.key)).toMatchObject([{ sequence: 2 }]);
      await provenIndex();
    });

    it('finds its own entry again that another store’s receipt of an equal key had hidden', async () => {
      await old.append(webhook('first'));
      const copy = webhook('first', { at: NOON + 5000 });
      const { key } = await log.append(copy);
      await log.append(webhook('unrelated'));
      await old.appendCollected({ entries: [taken(1, copy)] });
      await replicate(old, log);
      expect(await log.find(key)).toMatchObject([{ sequence: 2 }]);
      await cut();
      expect(await log.find(key)).toMatchObject([{ key, sequence: null }]);
      await provenIndex();
    });

    it('goes in batches, each of which is a log by itself and counts as one cut', async () => {
      await Promise.all([rival, old, log].map((one) => one.close()));
      await begin({ limits: { batchEntriesMax: 2 } });
      for (let name = 2; name <= 8; name++) await old.append(webhook(name));
      await replicate(old, log);
      await cut();
      expect([await namesOf(log), await log.metaNames(ROLLBACK)]).toEqual([
        [1],
        [1, 2, 3, 4].map((batch) => `rollback/${String(batch).padStart(12, '0')}`),
      ]);
      expect(await pendingOf(log)).toEqual([7, 8, 5, 6, 3, 4, 2]);
      await provenIndex();
    });

    it('goes in batches of bounded bytes, what receipts had ended included', async () => {
      await Promise.all([rival, old, log].map((one) => one.close()));
      await begin({ limits: { batchBytesMax: 9000 } });
      for (let name = 2; name <= 5; name++) {
        await old.append(webhook(name, { bytes: 4000 }));
        await log.append(webhook(name, { bytes: 4000, at: NOON + 1000 }));
      }
      await collect(log, old);
      for (const record of await recordsOf(old, COMMON))
        await log.appendReplica({
          epoch: 1,
          previous: log.tail.position,
          previousChain: log.tail.chain,
          records: [record],
        });
      await cut();
      expect((await log.metaNames(ROLLBACK)).length).toBeGreaterThanOrEqual(3);
      expect((await pendingOf(log)).sort()).toEqual([2, 2, 3, 3, 4, 4, 5, 5]);
    });

    it('tells what moved, line by line', async () => {
      const [copy, other] = [5000, 6000].map((ms) => webhook('a', { at: NOON + ms }));
      await old.append(webhook('a'));
      for (const own of [webhook('own'), copy!]) await log.append(own);
      await collect(log, old);
      await old.appendCollected({ entries: [taken(7, other!)] });
      await old.nameMembers([], 1);
      await old.lead();
      await replicate(old, log);
      await cut({ sequence: 2, n: 0 });
      const own = { node: 'node', store: log.store };
      const line = (n: number, type: string): object => ({ sequence: 3, n, epoch: 1, type });
      const keyOf = ({ key }: { readonly key: EntryKey }): object => ({ key: printEntryKey(key) });
      const from = (arrival: number): object => ({ ...own, arrival });
      expect(await rollbackOf(log)).toEqual([
        { ...line(0, 'entry'), ...keyOf(webhook('own')), origin: from(1), pendingAs: from(3) },
        { ...line(1, 'receipt'), ...keyOf(copy!), origin: from(2), pendingAs: from(4) },
        { ...line(2, 'receipt'), ...keyOf(other!), origin: taken(7, other!).origin, pendingAs: null },
        line(3, 'members'),
        { ...line(4, 'epoch'), epoch: 2 },
      ]);
      for (const name of await log.metaNames(ROLLBACK)) await log.deleteMeta(name);
      expect(await rollbackOf(log)).toEqual([]);
    });

    it('takes back the epochs that began there', async () => {
      expect(await old.lead()).toBe(2);
      await replicate(old, log);
      expect(await log.beginningOf(2)).toEqual({ sequence: 1, n: 1 });
      await cut();
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        expect([log.tail.epoch, log.writer?.store, await log.beginningOf(2)]).toEqual([
          1,
          old.store,
          undefined,
        ]);
        log = await open();
      }
      await follow(rival, log);
      expect([log.tail, log.writer?.store]).toEqual([rival.tail, rival.store]);
    });

    it('may take everything: the log is none of its cluster any longer', async () => {
      const { cluster } = old;
      expect(log.cluster).toBe(cluster);
      await cut(START);
      expect([log.tail.position, log.tail.epoch, log.cluster]).toEqual([START, 0, NO_CLUSTER]);
      log = await place.crashAndOpen();
      expect(log.cluster).toBe(NO_CLUSTER);
      await follow(rival, log);
      expect([log.tail, log.cluster]).toEqual([rival.tail, cluster]);
    });

    it('promises its epoch: the earlier writer is not listened to any longer', async () => {
      await old.append(webhook(2));
      await replicate(old, log);
      await cut();
      log = await place.crashAndOpen();
      expect(log.promised.epoch).toBe(TERM);
      await expect(replicate(old, log)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    });

    it('is refused for an epoch that is over, and on a writer; nothing is changed', async () => {
      await old.append(webhook(2));
      await replicate(old, log);
      const { tail } = log;
      await log.promise(2 * TERM);
      await expect(cut()).rejects.toMatchObject({ code: 'STALE_EPOCH' });
      await expect(old.cut({ after: COMMON, epoch: TERM })).rejects.toMatchObject({ code: 'LEADING' });
      expect([log.tail, log.pendingEntries, await rollbackOf(log)]).toEqual([tail, 0, []]);
      expect(old.tail).toEqual(tail);
    });

    it('never goes below the commit, also after a restart: that is for a person', async () => {
      for (const name of [2, 3]) await old.append(webhook(name));
      await replicate(old, log);
      log.commit({ sequence: 2, n: 0 });
      await log.writeMeta('any', Buffer.of(1));
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        expect(log.committed).toEqual({ sequence: 2, n: 0 });
        await expect(cut()).rejects.toMatchObject({ code: 'DIVERGED', position: COMMON });
        expect(log.tail).toEqual(old.tail);
        log = await open();
      }
      await cut({ sequence: 2, n: 0 });
      expect(await namesOf(log)).toEqual([1, 2]);
    });

    it('writes nothing when there is nothing behind the place', async () => {
      const { tail } = log;
      await cut();
      await cut({ sequence: 9, n: 9 });
      expect([log.tail, log.promised.epoch, await rollbackOf(log)]).toEqual([tail, 1, []]);
    });

    it('makes the index that was written before worthless, however it ends', async () => {
      for (const name of [2, 3]) await old.append(webhook(name));
      await replicate(old, log);
      await indexed();
      const [before] = [await rowsOf(place.databases!.index)];
      await cut();
      expect(await provenIndex()).not.toEqual(before);
      await follow(rival, log);
      log = await place.restart();
      await provenIndex();
    });

    it('loses and doubles nothing: both histories end as one, each event once', async () => {
      for (const name of ['a', 'b', 'c']) await old.append(webhook(name));
      for (const name of ['b', 'd']) await log.append(webhook(name, { at: NOON + 1000 }));
      await collect(log, old);
      await replicate(old, log);
      for (const name of ['c', 'e']) await rival.append(webhook(name, { at: NOON + 2000 }));
      await follow(rival, log);
      await collect(log, rival);
      await follow(rival, log);
      expect(log.tail).toEqual(rival.tail);
      expect([log.pendingEntries, (await namesOf(log)).sort()]).toEqual([0, [1, 'a', 'b', 'c', 'd', 'e']]);
      for (const { key, sequence } of await entriesOf(log))
        expect(await log.find(key)).toMatchObject([{ sequence }]);
      const names = ['a', 'b', 'c'].map((name) => webhook(name));
      for (const { key } of names) expect(await log.find(key)).toHaveLength(1);
      await provenIndex();
    });
  });
}
