import {
  collect,
  entriesOf,
  namesOf,
  NOON,
  recordsOf,
  replicate,
  taken,
  webhook,
} from './conformance/webhooks';
import { encodeFrame } from './frame/frame';
import {
  comparePositions,
  type Database,
  OrderedLog,
  type OrderedLogOptions,
  type Position,
  type RawRecord,
  START,
} from './index';
import { epochKey, logKey, membersKey, pendingKey } from './rows/keys';
import { disagreements } from './testing/agreement';
import { emptyMemory } from './testing/memory';

const OPTIONS = { node: 'n', newStoreId: 'b'.repeat(16) };
const UNFIT = { code: 'DAMAGED_FRAME' };

function opened(options: Partial<OrderedLogOptions> = {}): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, log: emptyMemory(), index: emptyMemory(), ...options });
}

describe('a log that runs', () => {
  let writer: OrderedLog;
  let log: OrderedLog;
  let rows: Database;
  let index: Database;
  let records: readonly RawRecord[];

  /** Epoch, members, entries 1 to 5, a receipt of this store behind 2, another epoch behind 4. */
  beforeEach(async () => {
    [rows, index] = [emptyMemory(), emptyMemory()];
    writer = await opened({ newStoreId: 'a'.repeat(16) });
    await writer.lead();
    await writer.nameMembers([], 1);
    log = await opened({ log: rows, index });
    await log.append(webhook(1, { at: NOON + 500 }));
    for (const name of [1, 2]) await writer.append(webhook(name));
    await collect(log, writer);
    for (const name of [3, 4]) await writer.append(webhook(name, { source: 's', eventId: `${name}` }));
    await writer.lead();
    await writer.append(webhook(5));
    await replicate(writer, log);
    records = await recordsOf(writer);
  });

  afterEach(async () => {
    await Promise.all([writer.close(), log.close()]);
  });

  async function flip(position: Position, byte: number): Promise<void> {
    const frame = Buffer.from((await rows.get(logKey(position)))!);
    frame[byte < 0 ? frame.length + byte : byte]! ^= 8;
    await rows.put(logKey(position), frame);
  }

  /** All pages of so many records. */
  async function scrubbed(recordsMax?: number): Promise<Position[]> {
    const damaged: Position[] = [];
    for (let after = START; ;) {
      const page = await log.scrub(after, recordsMax === undefined ? {} : { recordsMax });
      damaged.push(...page.damaged);
      if (page.done) return damaged;
      expect(comparePositions(page.through, after)).toBeGreaterThan(0);
      after = page.through;
    }
  }

  const at = (i: number): Position => (i < 0 ? START : records[i]!.position);

  /** As whoever scrubs does it: asks a peer for what is behind each place, until nothing is damaged. */
  async function repairAll(): Promise<void> {
    for (let round = 0; round < records.length; round++) {
      for (const place of await scrubbed()) {
        const [record] = await writer.records(place, { recordsMax: 1 });
        expect(await log.chainAt(place)).toEqual(await writer.chainAt(place));
        await log.repair(record!);
      }
    }
    expect(await scrubbed()).toEqual([]);
    expect(await recordsOf(log)).toEqual(records);
    expect(await entriesOf(log)).toEqual(await entriesOf(writer));
    expect(await disagreements(log, { log: rows, index })).toEqual([]);
    expect((await log.append(webhook(3, { source: 's', eventId: '3' }))).sequence).toBe(3);
  }

  describe('scrub', () => {
    it('finds nothing in a whole log, page by page up to its end', async () => {
      const first = await log.scrub(START, { recordsMax: 3 });
      expect(first).toEqual({ through: at(2), done: false, damaged: [] });
      expect(await log.scrub(first.through)).toEqual({ through: log.tail.position, done: true, damaged: [] });
      expect(await log.scrub(log.tail.position)).toEqual({
        through: log.tail.position,
        done: true,
        damaged: [],
      });
      expect(await scrubbed(1)).toEqual([]);
      expect((await log.scrub(START, { bytesMax: 1 })).through).toEqual(at(0));
    });

    it('finds a changed bit in any byte of a record, and names the place before it', async () => {
      for (const [i, { position, frame }] of records.entries()) {
        for (let byte = 0; byte < frame.length; byte += 1 + Math.floor(frame.length / 40)) {
          await flip(position, byte);
          expect(await scrubbed()).toEqual([at(i - 1)]);
          await rows.put(logKey(position), frame);
        }
      }
    });

    it('finds records that are cut to nothing, changed places, or are of another history', async () => {
      await rows.put(logKey(at(3)), Buffer.alloc(2));
      expect(await scrubbed()).toEqual([at(2)]);
      await rows.put(logKey(at(3)), records[4]!.frame);
      expect(await scrubbed()).toEqual([at(2)]);
      const entry = taken(1, webhook('other'));
      const { position } = records[3]!;
      await rows.put(
        logKey(position),
        encodeFrame({ type: 'entry', epoch: 1, entry }, position, Buffer.alloc(16)),
      );
      expect(await scrubbed()).toEqual([at(2)]);
      expect(await scrubbed(1)).toEqual([at(2)]);
    });

    it('finds missing records, wherever they stood', async () => {
      for (const [i, { position, frame }] of records.entries()) {
        await rows.del(logKey(position));
        expect(await scrubbed()).toEqual([at(i - 1)]);
        expect(await scrubbed(2)).toEqual([at(i - 1)]);
        await rows.put(logKey(position), frame);
      }
      for (const i of [3, 4, 5]) await rows.del(logKey(at(i)));
      expect(await scrubbed()).toEqual([at(2)]);
      for (const i of records.keys()) await rows.del(logKey(at(i)));
      expect(await scrubbed()).toEqual([START]);
    });

    it('finds several, each by itself', async () => {
      for (const i of [1, 2, 5]) await flip(at(i), 20);
      for (const size of [undefined, 1, 2, 3]) expect(await scrubbed(size)).toEqual([at(0), at(1), at(4)]);
    });
  });

  describe('repair', () => {
    it('puts back what was damaged, whatever it was and wherever', async () => {
      for (const i of records.keys()) {
        await flip(at(i), 12);
        if (i > 1) await expect(namesOf(log)).rejects.toMatchObject({ code: 'DAMAGED' });
        await repairAll();
      }
    });

    it('puts back what is missing, and the rows that tell of it', async () => {
      for (const [i, { position }] of records.entries()) {
        await rows.batch(
          [logKey, membersKey].map((keyOf) => ({ type: 'del' as const, key: keyOf(position) })),
        );
        if (i === records.length - 2) await rows.del(epochKey(2));
        await repairAll();
        expect(await log.beginningOf(2)).toEqual(await writer.beginningOf(2));
      }
      await log.close();
      log = await opened({ log: rows, index });
      expect([log.tail, log.membersAt]).toEqual([writer.tail, writer.membersAt]);
    });

    it('goes from the front where neighbours are damaged', async () => {
      for (const i of [2, 3, 4]) await flip(at(i), -3);
      for (const i of [3, 4]) await expect(log.repair(records[i]!)).rejects.toMatchObject(UNFIT);
      for (const i of [2, 3, 4]) await log.repair(records[i]!);
      expect(await scrubbed()).toEqual([]);
      for (const i of records.keys()) await rows.del(logKey(at(i)));
      for (const record of records) await log.repair(record);
      await repairAll();
    });

    it('replaces what only seemed to be right, once its neighbour tells', async () => {
      const entry = taken(1, webhook('other'));
      const chain = (await writer.chainAt(at(2)))!;
      const other = encodeFrame({ type: 'entry', epoch: 1, entry }, at(3), chain);
      for (const i of [3, 4]) await flip(at(i), 30);
      await log.repair({ position: at(3), frame: other });
      await expect(log.repair(records[4]!)).rejects.toMatchObject(UNFIT);
      await log.repair(records[3]!);
      await log.repair(records[4]!);
      await repairAll();
    });

    it('takes nothing else, and then changes nothing', async () => {
      await flip(at(3), 30);
      const before = await rows.iterator().all();
      const entry = taken(1, webhook('other'));
      const sealed = (position: Position, chain: Buffer): RawRecord => ({
        position,
        frame: encodeFrame({ type: 'entry', epoch: 1, entry }, position, chain),
      });
      const chain = (await writer.chainAt(at(2)))!;
      const wrong: RawRecord[] = [
        { position: at(3), frame: (await rows.get(logKey(at(3))))! },
        { position: at(3), frame: records[4]!.frame },
        { position: at(3), frame: Buffer.alloc(0) },
        sealed(at(3), Buffer.alloc(16)),
        sealed(at(3), chain), // continues what is before it, but not what is behind it
        sealed({ sequence: at(3).sequence + 1, n: 0 }, chain),
        sealed({ sequence: at(3).sequence, n: 7 }, chain),
        sealed({ sequence: log.tail.position.sequence + 1, n: 0 }, log.tail.chain),
      ];
      for (const record of wrong) await expect(log.repair(record)).rejects.toMatchObject(UNFIT);
      expect(await rows.iterator().all()).toEqual(before);
      await repairAll();
    });

    it('takes no other last record than the one that this log has', async () => {
      const last = records.at(-1)!;
      await flip(last.position, 30);
      const chain = (await writer.chainAt(at(records.length - 2)))!;
      const content = { type: 'entry', epoch: 2, entry: taken(1, webhook('other')) } as const;
      const frame = encodeFrame(content, last.position, chain);
      await expect(log.repair({ position: last.position, frame })).rejects.toMatchObject(UNFIT);
      await log.repair(last);
      expect(await scrubbed()).toEqual([]);
    });

    it('changes nothing in a log that is whole', async () => {
      const before = await rows.iterator().all();
      for (const record of records) await log.repair(record);
      expect(await rows.iterator().all()).toEqual(before);
      expect(log.tail).toEqual(writer.tail);
    });

    it('ends what is pending still, if the record was lost with the batch that had ended it', async () => {
      for (const [name, kind] of [
        ['own entry', 'entry'],
        [5, 'receipt'],
      ] as const) {
        const { key } = await log.append(webhook(name, { at: NOON + 100 }));
        const arrival = (await log.pending(0)).at(-1)?.arrival;
        if (arrival === undefined) continue;
        const frame = (await rows.get(pendingKey(arrival)))!;
        await collect(log, writer);
        const at = log.tail.position;
        await replicate(writer, log);
        await writer.append(webhook(`behind ${kind}`));
        await replicate(writer, log);
        const [record] = await writer.records(at, { recordsMax: 1 });
        await rows.batch([
          { type: 'del', key: logKey(record!.position) },
          { type: 'put', key: pendingKey(arrival), value: frame },
        ]);
        await log.repair(record!);
        expect(await rows.get(pendingKey(arrival))).toBeUndefined();
        expect((await log.find(key))[0]!.sequence).not.toBeNull();
      }
    });
  });
});
