import type { EntryKey } from '@hooklog/object-id';
import { nextTerm } from '../epoch';
import { FingerprintIndex } from '../fingerprints/fingerprint-index';
import type { OrderedLog } from '../ordered-log';
import type { Candidate } from '../entry';
import { type Position, START } from '../position';
import type { Backend } from './place';
import { Place } from './place';
import { collect, follow, NOON, replicate, taken, webhook } from './webhooks';

const TERM = nextTerm(0)!;
const COMMON: Position = { sequence: 1, n: 0 };

function keysOf({ fingerprints }: OrderedLog): string[] {
  return Array.from({ length: fingerprints.size }, (_, i) => fingerprints.keyAt(i).toString('hex'));
}

/** The keys of these, in their order. */
function keys(...candidates: readonly { readonly key: EntryKey }[]): string[] {
  return candidates.map(({ key }) => key.toString('hex')).sort();
}

export function describeFingerprinting(backend: Backend): void {
  describe('fingerprints', () => {
    const [one, two] = [webhook(1), webhook(2, { at: NOON + 1000 })];
    /** Received 5 s later, and so of another key, but the same event. */
    const later = (name: string | number): Candidate => webhook(name, { at: NOON + 5000 });
    let writer: OrderedLog;
    let place: Place;
    let log: OrderedLog;

    beforeEach(async () => {
      writer = await new Place(backend).lead();
      place = new Place(backend);
      log = await place.open();
    });

    afterEach(async () => {
      await Promise.all([writer.close(), place.log!.close()]);
    });

    /** Now, and whatever the next start makes of it. */
    async function expectKeys(expected: readonly string[]): Promise<void> {
      expect(keysOf(log)).toEqual(expected);
      for (const open of [
        () => place.crashAndOpen(),
        () => place.restart(),
        () => place.crashAndOpen({ machineRun: 'after a power cut' }),
      ]) {
        expect(await log.verifyFingerprints()).toEqual({ entries: expected.length, equal: true });
        log = await open();
        expect(keysOf(log)).toEqual(expected);
      }
    }

    it('have the key of each entry as soon as it is answered, in the log or pending, once', async () => {
      for (const each of [writer, log]) {
        expect(each.fingerprints.size).toBe(0);
        await each.append(two);
        expect(keysOf(each)).toEqual(keys(two));
        await Promise.all([each.append(one), each.append(two)]);
        expect(keysOf(each)).toEqual(keys(one, two));
      }
      await expectKeys(keys(one, two));
    });

    it('are those of an index that has these keys', async () => {
      const index = new FingerprintIndex();
      for (let name = 0; name < 20; name++) {
        const candidate = webhook(name, { at: NOON + ((name * 7) % 20) * 1000 });
        await log.append(candidate);
        index.insert(candidate.key);
      }
      const { fingerprints } = log;
      for (let from = 0; from <= 20; from += 4)
        expect(fingerprints.fingerprint(from, 20)).toEqual(index.fingerprint(from, 20));
      expect(fingerprints.itemAt(3)).toEqual(index.itemAt(3));
    });

    it('are equal on nodes of which one follows the other', async () => {
      await log.append(one);
      await writer.appendCollected({ entries: [taken(1, two)] });
      await collect(log, writer);
      expect(keysOf(log)).toEqual(keys(one));
      await replicate(writer, log);
      expect(keysOf(writer)).toEqual(keys(one, two));
      await expectKeys(keys(one, two));
    });

    it('have no key that a receipt makes another name of an entry', async () => {
      await log.append(later(1));
      await log.append(two);
      await writer.append(one);
      expect(keysOf(log)).toEqual(keys(two, later(1)));
      await collect(log, writer);
      await replicate(writer, log);
      expect(keysOf(writer)).toEqual(keys(one, two));
      await expectKeys(keys(one, two));
    });

    it('have the key of an entry once that is pending as well, until its receipt and afterwards', async () => {
      await log.append(one);
      await writer.append(webhook(1, { at: NOON + 9 }));
      await replicate(writer, log);
      expect(log.pendingEntries).toBe(1);
      await expectKeys(keys(one));
      await collect(log, writer);
      await replicate(writer, log);
      expect(log.pendingEntries).toBe(0);
      await expectKeys(keys(one));
    });

    it('have no key that is another name already, though an entry still waits under it', async () => {
      await log.append(later(1));
      await writer.append(one);
      await writer.appendCollected({ entries: [taken(1, webhook(1, { at: NOON + 5009 }))] });
      await replicate(writer, log);
      expect(log.pendingEntries).toBe(1);
      await expectKeys(keys(one));
    });

    describe('after a cut', () => {
      let rival: OrderedLog;

      beforeEach(async () => {
        await writer.append(one);
        rival = await new Place(backend).open();
        await replicate(writer, rival);
        await rival.promise(TERM, rival.store);
        await rival.lead(TERM);
      });

      afterEach(() => rival.close());

      const cut = (after: Position): Promise<void> => log.cut({ after, epoch: TERM });

      it('have the keys of entries that are pending again', async () => {
        await writer.append(two);
        await replicate(writer, log);
        await cut(START);
        expect(log.pendingEntries).toBe(2);
        await expectKeys(keys(one, two));
      });

      it('have the key of what a receipt had ended, not that of what another store took', async () => {
        await log.append(later(1));
        await writer.appendCollected({ entries: [taken(1, webhook(1, { at: NOON + 3000 }))] });
        await collect(log, writer);
        await replicate(writer, log);
        expect(keysOf(log)).toEqual(keys(one));
        await cut(COMMON);
        expect(log.pendingEntries).toBe(1);
        await expectKeys(keys(one, later(1)));
      });

      it.each(['the same key', 'another key'])(
        'have one key of two that are pending under it, until the log has that event under %s',
        async (other) => {
          await log.append(two);
          await writer.append(webhook(2, { at: NOON + 1009 }));
          await replicate(writer, log);
          await cut(COMMON);
          expect(log.pendingEntries).toBe(2);
          await expectKeys(keys(one, two));
          const again = other === 'another key' ? later(2) : two;
          await rival.append(again);
          await follow(rival, log);
          expect(keysOf(log)).toEqual(keys(...new Set([one, two, again])));
          await collect(log, rival);
          await follow(rival, log);
          expect(log.pendingEntries).toBe(0);
          expect(keysOf(rival)).toEqual(keys(one, again));
          await expectKeys(keys(one, again));
        },
      );
    });
  });
}
