import { comparePositions, START } from '../position';
import type { Backend } from './place';
import { Place } from './place';
import { rowsOf } from './rows';
import { collect, NOON, replicate, shapeOf, webhook } from './webhooks';

export function describeCommitting(backend: Backend): void {
  describe('what receipts ended', () => {
    const kept = async (place: Place): Promise<number> =>
      (await rowsOf(place.databases!.log)).filter((row) => row.startsWith('R')).length;

    it('is kept until they are committed, on a follower', async () => {
      const [writer, place] = [await new Place(backend).lead(), new Place(backend)];
      const log = await place.open();
      await writer.append(webhook('a'));
      await log.append(webhook('a', { at: NOON + 1000 }));
      await collect(log, writer);
      await replicate(writer, log);
      expect(await kept(place)).toBe(1);
      log.commit({ sequence: 1, n: 0 });
      await log.append(webhook('b'));
      expect(await kept(place)).toBe(1);
      log.commit(log.tail.position);
      await log.append(webhook('c'));
      expect(await kept(place)).toBe(0);
      await Promise.all([log.close(), writer.close()]);
    });

    it('is kept until they are committed, on a writer, also over a restart', async () => {
      const [writer, place] = [await new Place(backend).lead(), new Place(backend)];
      let log = await place.open();
      const copy = await log.append(webhook('a', { at: NOON + 1000 }));
      await writer.append(webhook('a'));
      await replicate(writer, log);
      await log.lead();
      expect([(await shapeOf(log)).at(-1), await kept(place)]).toEqual(['receipt (1, 2)', 1]);
      log = await place.crashAndOpen();
      log.commit(log.tail.position);
      await log.append(webhook('b'));
      expect(await kept(place)).toBe(0);
      expect(await log.find(copy.key)).toMatchObject([{ sequence: 1 }]);
      await Promise.all([log.close(), writer.close()]);
    });
  });

  describe('the commit', () => {
    it('goes forward only, and never beyond the end of the log', async () => {
      const place = new Place(backend);
      let log = await place.lead();
      for (const name of [1, 2]) await log.append(webhook(name));
      log.commit({ sequence: 1, n: 0 });
      log.commit(START);
      expect(log.committed).toEqual({ sequence: 1, n: 0 });
      log.commit({ sequence: 9, n: 0 });
      expect(comparePositions(log.committed, log.tail.position)).toBe(0);
      log = await place.restart();
      expect(log.committed).toEqual(log.tail.position);
      await log.close();
    });
  });
}
