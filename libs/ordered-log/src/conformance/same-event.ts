import type { Candidate } from '../entry';
import type { Backend, PlaceOptions } from './place';
import { Place } from './place';
import { namesOf, NOON, webhook } from './webhooks';

const WINDOW_MS = 60_000;
const ROLES = ['writer', 'follower'] as const;

/** Which of these candidates, appended one after the other, were found to be duplicates. */
async function duplicates(
  backend: Backend,
  role: (typeof ROLES)[number],
  candidates: readonly Candidate[],
  options: PlaceOptions = {},
): Promise<boolean[]> {
  const place = new Place(backend, options);
  const log = role === 'writer' ? await place.lead() : await place.open();
  const found: boolean[] = [];
  for (const candidate of candidates) found.push((await log.append(candidate)).duplicate);
  await log.close();
  return found;
}

export function describeSameEvent(backend: Backend): void {
  describe.each(ROLES)('the same event, on a %s', (role) => {
    const at = (ms: number, eventId?: string): Candidate =>
      webhook('same', { at: NOON + ms, ...(eventId !== undefined && { source: 's', eventId }) });

    it('is an equal body received at most 60 s later', async () => {
      expect(await duplicates(backend, role, [at(0), at(WINDOW_MS)])).toEqual([false, true]);
      expect(await duplicates(backend, role, [at(0), at(WINDOW_MS + 1)])).toEqual([false, false]);
    });

    it('or at most 60 s earlier', async () => {
      expect(await duplicates(backend, role, [at(WINDOW_MS), at(0)])).toEqual([false, true]);
      expect(await duplicates(backend, role, [at(WINDOW_MS + 1), at(0)])).toEqual([false, false]);
      expect(await duplicates(backend, role, [at(999), at(WINDOW_MS + 999)])).toEqual([false, true]);
    });

    it('counts from an entry, never from a copy of it', async () => {
      const answers = await duplicates(backend, role, [at(0), at(WINDOW_MS), at(2 * WINDOW_MS)]);
      expect(answers).toEqual([false, true, false]);
    });

    it('is an equal event id of one source, whatever the body and the time', async () => {
      const id = { source: 's', eventId: 'e' };
      const year = 365 * 24 * 3600_000;
      const same = [webhook('a', id), webhook('b', id), webhook('a', { ...id, at: NOON + year })];
      expect(await duplicates(backend, role, same)).toEqual([false, true, true]);
      const other = [
        webhook('a', id),
        webhook('a', { ...id, source: 't' }),
        webhook('a', { ...id, eventId: 'f' }),
      ];
      expect(await duplicates(backend, role, other)).toEqual([false, false, false]);
    });

    it('is not an equal body when only one of the two has an event id', async () => {
      expect(await duplicates(backend, role, [at(0), at(0, 'e'), at(1), at(1, 'e')])).toEqual([
        false,
        false,
        true,
        true,
      ]);
    });

    it('follows the window that is configured, in seconds', async () => {
      const options = { dedupWindowSeconds: 2 };
      expect(await duplicates(backend, role, [at(0), at(2000), at(2001)], options)).toEqual([
        false,
        true,
        false,
      ]);
    });

    it('is only an equal key or event id when the window is 0', async () => {
      const options = { dedupWindowSeconds: 0 };
      const all = [at(0), at(1000), at(0), at(0, 'e'), at(9000, 'e')];
      expect(await duplicates(backend, role, all, options)).toEqual([false, false, true, false, true]);
    });

    it('is decided once for 64 copies at the same time, and all get one answer', async () => {
      const place = new Place(backend);
      const log = role === 'writer' ? await place.lead() : await place.open();
      const copies = Array.from({ length: 64 }, (_, i) => webhook('copy', { at: NOON + i * 10 }));
      const answers = await Promise.all(copies.map((copy) => log.append(copy)));
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(answers.map(({ key }) => key.toString('hex'))).size).toBe(1);
      expect(new Set(answers.map(({ sequence }) => sequence))).toEqual(
        new Set([role === 'writer' ? 1 : null]),
      );
      expect(role === 'writer' ? (await namesOf(log)).length : log.pendingEntries).toBe(1);
      await log.close();
    });

    it('keeps to the edges of the window among copies at the same time', async () => {
      const place = new Place(backend);
      const log = role === 'writer' ? await place.lead() : await place.open();
      const copies = [0, WINDOW_MS, WINDOW_MS + 1].map((ms) => log.append(at(ms)));
      expect((await Promise.all(copies)).map(({ duplicate }) => duplicate)).toEqual([false, true, false]);
      await log.close();
    });

    it('is found among copies that are being stored in an earlier batch', async () => {
      const place = new Place(backend, { limits: { batchEntriesMax: 2 } });
      const log = role === 'writer' ? await place.lead() : await place.open();
      const copies = Array.from({ length: 9 }, (_, i) => webhook(i % 3, { at: NOON + i }));
      const answers = await Promise.all(copies.map((copy) => log.append(copy)));
      expect(answers.map(({ duplicate }) => duplicate)).toEqual(copies.map((_, i) => i >= 3));
      await log.close();
    });

    it('is answered as the first one was, also after a restart and a crash', async () => {
      const place = new Place(backend);
      let log = role === 'writer' ? await place.lead() : await place.open();
      const id = { source: 's', eventId: 'e' };
      const first = await log.append(webhook('first', id));
      const retry = { ...first, duplicate: true };
      expect(await log.append(webhook('second', { ...id, at: NOON + 5000 }))).toEqual(retry);
      log = await place.restart();
      expect(await log.append(webhook('second', { ...id, at: NOON + 5000 }))).toEqual(retry);
      log = await place.crashAndOpen({ machineRun: 'another' });
      expect(await log.append(webhook('second', { ...id, at: NOON + 5000 }))).toEqual(retry);
      await log.close();
    });
  });
}
