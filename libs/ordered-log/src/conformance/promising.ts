import { nextTerm, NOBODY } from '../epoch';
import type { OrderedLog } from '../ordered-log';
import type { Backend } from './place';
import { Place } from './place';
import { follow, replicate, shapeOf, taken, webhook } from './webhooks';

const TERM = nextTerm(0)!;
const [CANDIDATE, OTHER] = ['c'.repeat(16), 'd'.repeat(16)];
const STALE = { code: 'STALE_EPOCH' };

export function describePromising(backend: Backend): void {
  describe('a promise', () => {
    let place: Place;
    let log: OrderedLog;

    beforeEach(async () => {
      place = new Place(backend);
      log = await place.open();
    });

    afterEach(async () => {
      await place.log!.close();
    });

    it('is durable with the end that the log then has, and refuses every earlier writer from then on', async () => {
      const writer = await new Place(backend).lead();
      await writer.append(webhook(1));
      await replicate(writer, log);
      expect(await log.promise(TERM, CANDIDATE)).toEqual(writer.tail);
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        log = await open();
        expect(log.promised).toEqual({ epoch: TERM, to: CANDIDATE });
        await expect(replicate(writer, log)).rejects.toMatchObject(STALE);
      }
      await writer.close();
    });

    it('is given once for an epoch, and again only to the same store', async () => {
      await log.promise(TERM, CANDIDATE);
      await expect(log.promise(TERM, OTHER)).rejects.toMatchObject(STALE);
      await expect(log.promise(TERM - 1, CANDIDATE)).rejects.toMatchObject(STALE);
      await log.promise(TERM, CANDIDATE);
      log = await place.crashAndOpen();
      await expect(log.promise(TERM, OTHER)).rejects.toMatchObject(STALE);
      await log.promise(TERM, CANDIDATE);
      await log.promise(TERM + 1, OTHER);
      expect(log.promised).toEqual({ epoch: TERM + 1, to: OTHER });
    });

    it('is given to one of two that ask at the same time', async () => {
      const asked = await Promise.allSettled([log.promise(TERM, CANDIDATE), log.promise(TERM, OTHER)]);
      expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      expect(log.promised.to).toBe(CANDIDATE);
    });

    it('of an epoch that is followed is given to nobody else', async () => {
      const writer = await new Place(backend).lead();
      await replicate(writer, log);
      await expect(log.promise(1, CANDIDATE)).rejects.toMatchObject(STALE);
      await writer.close();
    });

    it('ends leading, in the very batch: what was asked for before has its place, what comes after is pending', async () => {
      await log.lead();
      const [before, , after] = await Promise.all([
        log.append(webhook('before')),
        log.promise(TERM, CANDIDATE),
        log.append(webhook('after')),
      ]);
      expect([before.sequence, after.sequence, log.leading]).toEqual([1, null, false]);
      const page = { entries: [taken(1, webhook('collected'))] };
      await expect(log.appendCollected(page)).rejects.toMatchObject({ code: 'NOT_LEADING' });
      await expect(log.nameMembers([], 1)).rejects.toMatchObject({ code: 'NOT_LEADING' });
    });

    it('to nobody ends leading, too', async () => {
      await log.lead();
      await log.promise(TERM);
      expect([log.leading, log.promised]).toEqual([false, { epoch: TERM, to: NOBODY }]);
      await expect(log.lead(TERM)).rejects.toMatchObject(STALE);
    });

    it('lets its store begin that epoch, once', async () => {
      await log.promise(TERM, log.store);
      log = await place.crashAndOpen();
      expect(await log.lead(TERM)).toBe(TERM);
      expect([log.tail.epoch, log.leading, await shapeOf(log)]).toEqual([TERM, true, ['epoch (0, 1)']]);
      await expect(log.lead(TERM)).rejects.toMatchObject(STALE);
    });

    it('that was not given, not to this store, or not as the last one, lets nobody begin', async () => {
      await expect(log.lead(TERM)).rejects.toMatchObject(STALE);
      await log.promise(TERM, OTHER);
      await expect(log.lead(TERM)).rejects.toMatchObject(STALE);
      await log.promise(TERM + 1, log.store);
      const asked = [log.promise(2 * TERM, OTHER), log.lead(TERM + 1)];
      const [, led] = await Promise.allSettled(asked);
      expect(led).toMatchObject({ status: 'rejected', reason: STALE });
      expect([log.leading, log.tail.epoch]).toEqual([false, 0]);
    });

    it('that comes again does not end the epoch that it was given for', async () => {
      await log.promise(TERM, log.store);
      await log.lead(TERM);
      const asked = [log.append(webhook(1)), log.promise(TERM, log.store), log.append(webhook(2))] as const;
      const [one, tail, two] = await Promise.all(asked);
      expect([one.sequence, tail.epoch, two.sequence, log.leading]).toEqual([1, TERM, 2, true]);
    });

    it('ends with the term: whoever owns no other begins no start of it', async () => {
      await log.promise(TERM - 1);
      await expect(log.lead()).rejects.toMatchObject(STALE);
      expect(log.tail.epoch).toBe(0);
      await log.promise(TERM, log.store);
      expect([await log.lead(TERM), await log.lead()]).toEqual([TERM, TERM + 1]);
    });

    it('is passed on by the records of its epoch: the next writer is followed by all', async () => {
      await log.promise(TERM, log.store);
      await log.lead(TERM);
      const follower = await new Place(backend).open();
      await follower.promise(TERM, log.store);
      await follow(log, follower);
      expect([follower.tail, follower.writer]).toEqual([log.tail, { node: 'node', store: log.store }]);
      await follower.close();
    });
  });
}
