import { nextTerm } from '../epoch';
import type { Member } from '../frame/record';
import type { OrderedLog } from '../ordered-log';
import { START } from '../position';
import type { Backend } from './place';
import { Place } from './place';
import { follow, recordsOf, replicate, webhook } from './webhooks';

function member(letter: string, voting = true): Member {
  return { node: `nöde-${letter}`, store: letter.repeat(16), url: `http://${letter}:3000`, voting };
}

const ALL = [member('a'), member('b'), member('c', false)];

export function describeMembers(backend: Backend): void {
  describe('members', () => {
    let place: Place;
    let log: OrderedLog;

    beforeEach(async () => {
      place = new Place(backend);
      log = await place.lead();
    });

    afterEach(async () => {
      await place.log!.close();
    });

    it('are none until the writer names them', () => {
      expect([log.members, log.membersAt]).toEqual([[], START]);
    });

    it('are in force as soon as they stand in the log, and when it is opened again', async () => {
      await log.append(webhook(1));
      const at = await log.nameMembers(ALL, 1);
      expect(at).toEqual({ sequence: 1, n: 1 });
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        expect([log.members, log.membersAt]).toEqual([ALL, at]);
        log = await open();
      }
      expect([log.members, log.membersAt]).toEqual([ALL, at]);
    });

    it('are the last that were named, and take no sequence', async () => {
      await log.nameMembers(ALL, 1);
      await log.nameMembers(ALL.slice(0, 1), 1);
      expect([log.members, log.membersAt]).toEqual([ALL.slice(0, 1), { sequence: 0, n: 3 }]);
      expect((await log.append(webhook(1))).sequence).toBe(1);
    });

    it('are named by the writer of the epoch only', async () => {
      await expect(log.nameMembers(ALL, 2)).rejects.toMatchObject({ code: 'NOT_LEADING' });
      await log.lead();
      await expect(log.nameMembers(ALL, 1)).rejects.toMatchObject({ code: 'NOT_LEADING' });
      expect(log.members).toEqual([]);
    });

    it('are refused at once when no record can hold them, and hurt nobody', async () => {
      const long = { ...member('a'), url: 'x'.repeat(70_000) };
      await expect(log.nameMembers([long], 1)).rejects.toThrow('too long');
      expect((await log.append(webhook(1))).sequence).toBe(1);
    });

    it('come to followers with the log', async () => {
      await log.nameMembers(ALL, 1);
      const follower = await new Place(backend).open();
      await replicate(log, follower);
      expect([follower.members, follower.membersAt]).toEqual([ALL, log.membersAt]);
      expect(await recordsOf(follower)).toEqual(await recordsOf(log));
      await follower.close();
    });

    it('are the earlier ones again when the later ones are cut', async () => {
      await log.nameMembers(ALL, 1);
      const before = log.membersAt;
      const rival = await new Place(backend).open();
      await replicate(log, rival);
      await log.append(webhook(1));
      await log.nameMembers(ALL.slice(1), 1);
      await rival.promise(nextTerm(0)!, rival.store);
      await rival.lead(nextTerm(0));
      await log.promise(nextTerm(0)!, rival.store);
      await log.cut({ after: before, epoch: rival.tail.epoch });
      for (const open of [() => place.crashAndOpen(), () => place.restart()]) {
        expect([log.members, log.membersAt]).toEqual([ALL, before]);
        log = await open();
      }
      await follow(rival, log);
      expect([log.members, log.tail]).toEqual([ALL, rival.tail]);
      await rival.close();
    });

    it('are none again when all are cut', async () => {
      await log.nameMembers(ALL, 1);
      await log.promise(nextTerm(0)!);
      await log.cut({ after: START, epoch: nextTerm(0)! });
      expect([log.members, log.membersAt, log.writer]).toEqual([[], START, undefined]);
      log = await place.crashAndOpen();
      expect([log.members, log.membersAt]).toEqual([[], START]);
    });
  });
}
