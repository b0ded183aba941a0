import type { RawRecord } from '../frame/frame';
import { encodeFrame } from '../frame/frame';
import type { LogError } from '../log-error';
import type { OrderedLog } from '../ordered-log';
import type { ReplicaBatch } from '../jobs/replica';
import { type Position, START } from '../position';
import type { Backend } from './place';
import { Place } from './place';
import { collect, entriesOf, namesOf, NOON, recordsOf, replicate, taken, webhook } from './webhooks';

/** A writer with entries 1, 2, 3, of which 2 has a receipt behind it. */
async function writerOf(backend: Backend): Promise<OrderedLog> {
  const log = await new Place(backend).lead();
  await log.append(webhook(1));
  await log.append(webhook(2));
  await log.appendCollected({ entries: [taken(1, webhook(2, { at: NOON + 5 }))] });
  await log.append(webhook(3));
  return log;
}

interface Sent {
  readonly epoch?: number;
  readonly from?: number;
  readonly to?: number;
  readonly records?: readonly RawRecord[];
}

/** Sends the records [from, to) of a log. */
async function send(from: OrderedLog, to: OrderedLog, sent: Sent = {}): Promise<unknown> {
  const every = await recordsOf(from);
  const first = sent.from ?? 0;
  const previous = first === 0 ? START : every[first - 1]!.position;
  const previousChain = (await from.chainAt(previous))!;
  const records = sent.records ?? every.slice(first, sent.to ?? every.length);
  return to.appendReplica({ epoch: sent.epoch ?? from.tail.epoch, previous, previousChain, records });
}

/** A whole record, sealed for a place, whose chain goes on behind another one. */
async function behind(log: OrderedLog, previous: Position, position: Position): Promise<ReplicaBatch> {
  const previousChain = (await log.chainAt(previous))!;
  const content = { type: 'entry' as const, epoch: 1, entry: taken(9, webhook('behind')) };
  const records = [{ position, frame: encodeFrame(content, position, previousChain) }];
  return { epoch: 1, previous, previousChain, records };
}

export function describeFollowing(backend: Backend): void {
  describe('appendReplica', () => {
    let writer: OrderedLog;
    let place: Place;
    let log: OrderedLog;

    beforeEach(async () => {
      writer = await writerOf(backend);
      place = new Place(backend);
      log = await place.open();
    });

    afterEach(async () => {
      await Promise.all([writer.close(), place.log!.close()]);
    });

    it('makes an equal log: records, chain and answers', async () => {
      expect(await send(writer, log)).toEqual(writer.tail);
      expect(log.tail).toEqual(writer.tail);
      expect(await recordsOf(log)).toEqual(await recordsOf(writer));
      expect(await entriesOf(log)).toEqual(await entriesOf(writer));
      log = await place.crashAndOpen();
      expect(log.tail).toEqual(writer.tail);
      expect((await log.append(webhook(2))).sequence).toBe(2);
    });

    it('takes records in any pieces, also piece by piece at the same time', async () => {
      const count = (await recordsOf(writer)).length;
      const pieces = Array.from({ length: count }, (_, i) => send(writer, log, { from: i, to: i + 1 }));
      await Promise.allSettled(pieces);
      for (let i = 0; i < count; i++) await send(writer, log, { from: i, to: i + 1 });
      expect(log.tail).toEqual(writer.tail);
      expect(await recordsOf(log)).toEqual(await recordsOf(writer));
    });

    it('skips what it has, when it comes again or overlaps', async () => {
      await send(writer, log, { to: 3 });
      await send(writer, log, { to: 2 });
      expect(log.tail.position).toEqual({ sequence: 2, n: 0 });
      await send(writer, log, { from: 1 });
      expect(log.tail).toEqual(writer.tail);
      expect(await send(writer, log, { from: 1 })).toEqual(writer.tail);
      expect(await recordsOf(log)).toEqual(await recordsOf(writer));
    });

    it('answers an empty batch with its end, when both agree on the place', async () => {
      expect(await send(writer, log, { to: 0 })).toEqual({
        position: START,
        chain: Buffer.alloc(16),
        epoch: 0,
      });
      await send(writer, log);
      expect(await send(writer, log, { from: 2, to: 2 })).toEqual(writer.tail);
    });

    it('refuses records behind a gap, and says where it ends', async () => {
      await send(writer, log, { to: 2 });
      const position = { sequence: 1, n: 0 };
      await expect(send(writer, log, { from: 3 })).rejects.toMatchObject({ code: 'GAP', position });
      const [one, , three] = await recordsOf(writer);
      const holed = send(writer, log, { from: 0, records: [one!, three!] });
      await expect(holed).rejects.toMatchObject({ code: 'DAMAGED_FRAME' });
      expect(log.tail.position).toEqual(position);
    });

    it('refuses another history, and overwrites nothing', async () => {
      const other = await writerOf(backend);
      await other.append(webhook('other'));
      await send(writer, log);
      const before = await recordsOf(log);
      for (const from of [0, 1, 3, 5]) {
        await expect(send(other, log, { from })).rejects.toMatchObject({ code: 'DIVERGED' });
      }
      await expect(send(other, log, { to: 0 })).resolves.toEqual(writer.tail);
      expect(await recordsOf(log)).toEqual(before);
      await other.close();
    });

    it('refuses a history that differs only behind a common part', async () => {
      await send(writer, log, { to: 3 });
      const other = await new Place(backend).open();
      await replicate(log, other);
      await other.lead();
      await send(writer, log);
      await expect(send(other, log, { from: 3 })).rejects.toMatchObject({ code: 'DIVERGED' });
      await expect(send(other, log, { from: 0 })).rejects.toMatchObject({ code: 'DIVERGED' });
      expect(log.tail).toEqual(writer.tail);
      await other.close();
    });

    it('names the last place that both have, whatever part of a history that differs behind it is sent', async () => {
      await send(writer, log);
      const common = writer.tail.position;
      const other = await new Place(backend).open();
      await replicate(writer, other);
      for (const one of [log, other]) await one.lead();
      for (const name of ['a', 'b', 'c', 'd']) await log.append(webhook(name));
      await other.lead();
      for (const name of ['a', 'b', 'c', 'd', 'e']) await other.append(webhook(name));
      await log.promise(3);
      const count = (await recordsOf(other)).length;
      const shared = (await recordsOf(writer)).length;
      for (let from = 0; from <= shared; from++) {
        for (let to = shared + 1; to <= count; to++) {
          const sent = send(other, log, { from, to });
          await expect(sent).rejects.toMatchObject({ code: 'DIVERGED', position: common });
        }
      }
      for (let from = shared + 1; from < count; from++) {
        const error: unknown = await send(other, log, { from }).catch((reason: unknown) => reason);
        expect([(error as LogError).code, (error as LogError).position]).toEqual([
          from < count - 1 ? 'DIVERGED' : expect.stringMatching(/DIVERGED|GAP/),
          (error as LogError).code === 'GAP' ? log.tail.position : undefined,
        ]);
      }
      await other.close();
    });

    it('refuses a history that skips its last record', async () => {
      await send(writer, log, { to: 4 });
      expect(log.tail.position).toEqual({ sequence: 2, n: 1 });
      const previous = { sequence: 2, n: 0 };
      const sent = log.appendReplica(await behind(writer, previous, { sequence: 3, n: 0 }));
      await expect(sent).rejects.toMatchObject({ code: 'DIVERGED' });
      expect(log.tail.position).toEqual({ sequence: 2, n: 1 });
    });

    it('refuses a record that does not stand behind the one before it', async () => {
      await send(writer, log);
      const { position } = log.tail;
      for (const sequence of [position.sequence, position.sequence + 2]) {
        const sent = log.appendReplica(await behind(writer, position, { sequence, n: 0 }));
        await expect(sent).rejects.toMatchObject({ code: 'DAMAGED_FRAME' });
      }
      await log.appendReplica(await behind(writer, position, { sequence: position.sequence + 1, n: 0 }));
      expect(log.tail.position.sequence).toBe(position.sequence + 1);
    });

    it('refuses an epoch that is over, also after a restart, and keeps its promise without records', async () => {
      await send(writer, log, { to: 2 });
      await send(writer, log, { to: 0, epoch: 5 });
      await expect(send(writer, log)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
      log = await place.crashAndOpen();
      await expect(send(writer, log)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
      expect(log.tail.position.sequence).toBe(1);
      expect(await log.lead()).toBe(6);
    });

    it('refuses frames that are cut, changed, moved or foreign, and stores nothing of their batch', async () => {
      const records = await recordsOf(writer);
      const broken = (i: number, frame: Buffer): readonly RawRecord[] =>
        records.map((record, at) => (at === i ? { ...record, frame } : record));
      const last = records.length - 1;
      const flipped = Buffer.from(records[last]!.frame);
      flipped[60]! ^= 1;
      const epoch = { type: 'epoch' as const, epoch: 9, writer: { node: 'x', store: 'f'.repeat(16) } };
      const wrong = [
        broken(last, flipped),
        broken(last, records[last]!.frame.subarray(0, -1)),
        broken(last, Buffer.alloc(0)),
        broken(last, Buffer.alloc(200)),
        broken(last, records[1]!.frame),
        broken(0, encodeFrame(epoch, records[0]!.position, Buffer.alloc(16))),
        broken(0, encodeFrame({ ...epoch, epoch: 1 }, records[0]!.position, Buffer.alloc(16, 1))),
      ];
      for (const sent of wrong) {
        await expect(send(writer, log, { records: sent })).rejects.toMatchObject({ code: 'DAMAGED_FRAME' });
        expect(log.tail.position).toEqual(START);
      }
      await send(writer, log);
      expect(log.tail).toEqual(writer.tail);
    });

    it('refuses records of an epoch that has not begun', async () => {
      await send(writer, log);
      const { position, chain } = log.tail;
      const entry = taken(9, webhook('future'));
      const frame = encodeFrame({ type: 'entry', epoch: 2, entry }, { sequence: 4, n: 0 }, chain);
      const records = [{ position: { sequence: 4, n: 0 }, frame }];
      const sent = log.appendReplica({ epoch: 2, previous: position, previousChain: chain, records });
      await expect(sent).rejects.toMatchObject({ code: 'DAMAGED_FRAME' });
    });

    it('is refused by a writer', async () => {
      await log.lead();
      await expect(send(writer, log)).rejects.toMatchObject({ code: 'LEADING' });
    });

    it('goes along with entries that are being taken', async () => {
      const own = Array.from({ length: 20 }, (_, i) => log.append(webhook(`own ${i}`)));
      await send(writer, log);
      await Promise.all(own);
      await collect(log, writer);
      await replicate(writer, log);
      expect([log.pendingEntries, (await namesOf(log)).length]).toEqual([0, 23]);
      expect(log.tail).toEqual(writer.tail);
    });

    it('follows the next writer, which begins an epoch behind the common end', async () => {
      await send(writer, log);
      await log.lead();
      await log.append(webhook('next'));
      const old = await new Place(backend).open();
      await replicate(writer, old);
      await replicate(log, old);
      expect(old.tail).toEqual(log.tail);
      await expect(send(writer, old, { to: 1 })).rejects.toMatchObject({ code: 'STALE_EPOCH' });
      await old.close();
    });
  });
}
