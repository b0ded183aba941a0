import { eventNameOf, identify, identityOf, objectIdOf } from '@hooklog/object-id';
import { decodePendingFrame, decodeRecord } from '../frame/frame';
import { START } from '../position';
import type { OrderedLog } from '../ordered-log';
import { untilBodiesKnown } from './bodies';
import type { Backend } from './place';
import { Place } from './place';
import { all, collect, nameOf, namesOf, NOON, recordsOf, replicate, webhook } from './webhooks';

const SECOND = 1000;

async function times(log: OrderedLog, from: number, to: number): Promise<number[]> {
  return (await all(log.received({ from, to }))).map(({ receivedAt }) => receivedAt - NOON);
}

export function describeReading(backend: Backend): void {
  describe('reading', () => {
    let place: Place;
    let log: OrderedLog;

    beforeEach(async () => {
      place = new Place(backend);
      log = await place.open();
    });

    afterEach(async () => {
      await log.close();
    });

    it('gives entries by sequence, behind one, as many as are asked for', async () => {
      await log.lead();
      for (const name of [1, 2, 3, 4]) await log.append(webhook(name));
      expect((await all(log.entries(1, { limit: 2 }))).map(nameOf)).toEqual([2, 3]);
      expect(await all(log.entries(4))).toEqual([]);
      expect(await all(log.entries(9))).toEqual([]);
    });

    it('gives records in pages of at most so many and so many bytes, but at least one', async () => {
      await log.lead();
      for (const name of [1, 2, 3, 4]) await log.append(webhook(name, { bytes: 1000 }));
      const size = async (page: object): Promise<number> =>
        (await log.records({ sequence: 1, n: 0 }, page)).length;
      expect(await size({})).toBe(3);
      expect(await size({ recordsMax: 2 })).toBe(2);
      expect(await size({ bytesMax: 2600 })).toBe(2);
      expect(await size({ bytesMax: 1 })).toBe(1);
      expect(await log.records(log.tail.position)).toEqual([]);
    });

    it('gives pending frames in arrival order, in pages, at least one', async () => {
      for (const name of ['c', 'b', 'a']) await log.append(webhook(name, { bytes: 1000 }));
      const names = async (after: number, page = {}): Promise<unknown[]> =>
        (await log.pending(after, page)).map(({ frame, arrival }) =>
          nameOf(decodePendingFrame(frame, arrival)),
        );
      expect(await names(0)).toEqual(['c', 'b', 'a']);
      expect(await names(1, { entriesMax: 1 })).toEqual(['b']);
      expect(await names(1, { bytesMax: 1 })).toEqual(['b']);
      expect(await names(3)).toEqual([]);
    });

    it('gives the chain of each record, zeros at the start and nothing where there is none', async () => {
      await log.lead();
      await log.append(webhook(1));
      const records = await recordsOf(log);
      for (const { position, frame } of records)
        expect(await log.chainAt(position)).toEqual(frame.subarray(-20, -4));
      expect(await log.chainAt(START)).toEqual(Buffer.alloc(16));
      expect(await log.chainAt({ sequence: 0, n: 2 })).toBeUndefined();
      expect(await log.chainAt({ sequence: 9, n: 0 })).toBeUndefined();
    });

    it('gives what was received in [from, to), in the order of keys, logged or pending', async () => {
      const writer = await new Place(backend).lead();
      await log.append(webhook('b', { at: NOON + 2 * SECOND }));
      await collect(log, writer);
      await replicate(writer, log);
      await log.append(webhook('c', { at: NOON + 3 * SECOND }));
      await log.append(webhook('a', { at: NOON + SECOND }));
      expect(await times(log, NOON, NOON + 9 * SECOND)).toEqual([1000, 2000, 3000]);
      expect(await times(log, NOON + SECOND, NOON + 3 * SECOND)).toEqual([1000, 2000]);
      expect(await times(log, NOON + SECOND + 1, NOON + 3 * SECOND + 1)).toEqual([2000, 3000]);
      const keys = await all(log.keys({ fromSeconds: NOON / 1000 + 1, toSeconds: NOON / 1000 + 3 }));
      expect(keys.map(({ pending }) => pending)).toEqual([true, false]);
      await writer.close();
    });

    it('goes on behind a key, and ends at a limit', async () => {
      const keys = [];
      for (const i of [0, 1, 2, 3]) keys.push((await log.append(webhook(i, { at: NOON + i * SECOND }))).key);
      const range = { from: NOON, to: NOON + 9 * SECOND, after: keys[0]!, limit: 2 };
      expect((await all(log.received(range))).map(nameOf)).toEqual([1, 2]);
      expect(await all(log.received({ ...range, limit: 0 }))).toEqual([]);
      const later = { from: NOON + 2 * SECOND, to: NOON + 9 * SECOND };
      expect((await all(log.received({ ...later, after: keys[0]! }))).map(nameOf)).toEqual([2, 3]);
      expect(await all(log.received({ ...later, after: keys[3]! }))).toEqual([]);
    });

    it('reads its own writes, at once', async () => {
      for (let i = 0; i < 20; i++) {
        const { key, digest } = await log.append(webhook(i));
        const [[found], byDigest] = await Promise.all([log.find(key), log.findDigest(digest)]);
        expect([found?.key, byDigest?.key]).toEqual([key, key]);
      }
    });

    it('finds an entry by ObjectId and by key', async () => {
      const { key } = await log.append(webhook('a'));
      expect(await log.find(objectIdOf(key))).toMatchObject([{ key, sequence: null }]);
      await log.lead();
      expect(await log.find(objectIdOf(key))).toMatchObject([{ key, sequence: 1 }]);
      expect(await log.find(webhook('b').key)).toEqual([]);
    });

    it('finds all entries under an ambiguous ObjectId, each once, as many as the limit allows', async () => {
      const body = Buffer.from('{"text":"hello"}');
      for (const eventId of ['1', '2', '3']) {
        const { key, digest } = identify(body, NOON, { source: 's', eventId });
        await log.append({
          key,
          digest,
          receivedAt: NOON,
          kind: 'message',
          source: 's',
          eventId,
          headers: [],
          body,
        });
      }
      const id = objectIdOf(identify(body, NOON).key);
      expect((await log.find(id)).map(({ eventId }) => eventId).sort()).toEqual(['1', '2', '3']);
    });

    it('finds an entry by digest, logged or pending, with or without event id', async () => {
      const { digest } = await log.append(webhook('a', { source: 's', eventId: '1' }));
      expect(await log.findDigest(digest)).toMatchObject({ eventId: '1', sequence: null });
      await log.lead();
      expect(await log.findDigest(digest)).toMatchObject({ eventId: '1', sequence: 1 });
      expect(await log.findDigest(webhook('b').digest)).toBeUndefined();
    });

    it('finds the events that share a body, by their receipt, as many as the limit allows', async () => {
      const events = ['a', 'b', 'c'].map((source, i) => ({ source, eventId: '1', at: NOON + i * SECOND }));
      for (const event of events.toReversed()) await log.append(webhook('same', event));
      await log.append(webhook('same'));
      await log.append(webhook('another', { source: 'a', eventId: '2' }));
      const { digest } = webhook('same');
      const sources = async (limit: number) =>
        (await all(log.eventsWithBody(digest, limit))).map(({ source }) => source);
      expect(await sources(9)).toEqual(['a', 'b', 'c']);
      await log.lead();
      expect(await sources(9)).toEqual(['a', 'b', 'c']);
      expect(await sources(2)).toEqual(['a', 'b']);
    });

    it('knows which bodies it does not have, in the log or pending, with or without event id', async () => {
      await log.append(webhook('pending event', { source: 's', eventId: '1' }));
      await log.append(webhook('pending'));
      await untilBodiesKnown(log);
      await log.lead();
      await log.append(webhook('event', { source: 's', eventId: '2' }));
      const names = ['pending event', 'pending', 'event', 'nobody'];
      const known = () => names.map((name) => log.mayHaveBody(webhook(name).digest));
      expect(known()).toEqual([true, true, true, false]);
      log = await place.restart();
      await untilBodiesKnown(log);
      expect(known()).toEqual([true, true, true, false]);
    });

    it('finds the keys of all bodies that came under one unsigned event id, and of no other event', async () => {
      const event = { source: 's', eventId: '1', isUnsigned: true };
      const bodies = ['a', 'b', 'c', 'd'].map((name) => webhook(name, event));
      const byIdentity = bodies.map(({ key }) => key).sort((a, b) => identityOf(a).compare(identityOf(b)));
      const others = [
        webhook('a', { ...event, eventId: '2' }),
        webhook('a', { ...event, source: 't' }),
        webhook('a', { at: NOON + SECOND }),
      ];
      for (const one of [...bodies, ...others]) await log.append(one);
      const found = (limit: number) => log.eventKeys(eventNameOf(byIdentity[0]!), limit);
      expect(await found(9)).toEqual(byIdentity);
      await log.lead();
      for (let limit = 1; limit < 9; limit++) expect(await found(limit)).toEqual(byIdentity.slice(0, limit));
      expect(await log.eventKeys(identityOf(byIdentity[2]!), 9)).toEqual([byIdentity[2]]);
      const nobody = eventNameOf(webhook('a', { ...event, eventId: '3' }).key);
      expect(await log.eventKeys(nobody, 9)).toEqual([]);
    });

    it('knows which events it does not have, in the log or pending, from the start on', async () => {
      const ids = ['pending', 'logged', 'signed', 'nobody'];
      const eventOf = (eventId: string) => ({ source: 's', eventId, isUnsigned: eventId !== 'signed' });
      const known = () =>
        ids.map((id) => log.mayHaveEvent(eventNameOf(webhook('another body', eventOf(id)).key)));
      expect(known()).toEqual([false, false, false, false]);
      await log.append(webhook('a', eventOf('pending')));
      expect(known()).toEqual([true, false, false, false]);
      await log.lead();
      for (const id of ['logged', 'signed']) await log.append(webhook('a', eventOf(id)));
      expect(known()).toEqual([true, true, true, false]);
      log = await place.restart();
      expect(known()).toEqual([true, true, true, false]);
      log = await place.crashAndOpen();
      expect(known()).toEqual([true, true, true, false]);
    });

    it('finds an entry of one kind by a digest that others share', async () => {
      const body = Buffer.from('foo');
      for (const kind of ['bytes', 'message'] as const) {
        const event = kind === 'message' ? { eventId: '1' } : {};
        const { key, digest } = identify(body, NOON, { kind, ...event });
        expect(await log.findDigest(digest, kind)).toBeUndefined();
        await log.append({ key, digest, receivedAt: NOON, kind, ...event, headers: [], body });
        expect(await log.findDigest(digest, kind)).toMatchObject({ key, kind });
      }
    });

    it('lets a reader stop in the middle, and others go on writing', async () => {
      await log.lead();
      for (let i = 0; i < 10; i++) await log.append(webhook(i));
      for await (const entry of log.entries(0)) if (entry.sequence === 3) break;
      for await (const entry of log.received({ from: 0, to: NOON * 2 })) if (entry) break;
      for await (const entry of log.entries(0)) await log.append(webhook(`during ${entry.sequence}`));
      expect(await namesOf(log)).toHaveLength(20);
    });

    it('reads records of every kind back', async () => {
      expect(await log.lead()).toBe(1);
      const [{ frame, position } = { frame: Buffer.alloc(0), position: START }] = await recordsOf(log);
      const writer = { node: log.node, store: log.store };
      expect(decodeRecord({ frame, position })).toEqual({ type: 'epoch', position, epoch: 1, writer });
    });
  });

  describe('changed', () => {
    it('resolves at the next batch of any kind', async () => {
      const log = await new Place(backend).open();
      const writes = [() => log.append(webhook(1)), () => log.writeMeta('m', Buffer.of(1)), () => log.lead()];
      for (const write of writes) {
        let resolved = false;
        const changed = log.changed().then(() => (resolved = true));
        expect(resolved).toBe(false);
        await Promise.all([changed, write()]);
      }
      await log.close();
    });

    it('resolves when its signal aborts, and at close', async () => {
      const log = await new Place(backend).open();
      const stop = new AbortController();
      const waiting = [log.changed(stop.signal), log.changed(AbortSignal.abort())];
      stop.abort();
      await Promise.all(waiting);
      await Promise.all([log.changed(), log.close()]);
    });
  });
}
