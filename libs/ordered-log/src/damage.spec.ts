import { all, collect, entriesOf, NOON, replicate, webhook } from './conformance/webhooks';
import { type Database, OrderedLog, type OrderedLogOptions, START } from './index';
import { logKey, ownMetaKey, pendingKey } from './rows/keys';
import { emptyMemory } from './testing/memory';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };
const DAMAGED = { code: 'DAMAGED' };

type Stop = 'clean' | 'crash';

/** Ten entries in the log behind an epoch record, two pending. */
async function stopped(stop: Stop): Promise<Database> {
  const log = emptyMemory();
  const writer = await OrderedLog.open({
    ...OPTIONS,
    newStoreId: 'd'.repeat(16),
    log: emptyMemory(),
    index: emptyMemory(),
  });
  await writer.lead();
  for (let i = 1; i <= 10; i++) await writer.append(webhook(i, { at: NOON + i * 1000 }));
  const node = await OrderedLog.open({ ...OPTIONS, log, index: emptyMemory() });
  await replicate(writer, node);
  for (const name of ['p', 'q']) await node.append(webhook(name));
  if (stop === 'clean') await node.close();
  else await log.close();
  await log.open();
  return log;
}

async function opened(log: Database, options: Partial<OrderedLogOptions> = {}): Promise<OrderedLog> {
  return OrderedLog.open({ ...OPTIONS, log, index: emptyMemory(), ...options });
}

async function flip(log: Database, key: Buffer, byte: number): Promise<void> {
  const frame = Buffer.from((await log.get(key))!);
  frame[byte < 0 ? frame.length + byte : byte]! ^= 4;
  await log.put(key, frame);
}

const ENTRY_5 = logKey({ sequence: 5, n: 0 });

describe('a log that lost or changed something is not opened', () => {
  const damages: readonly [string, (log: Database) => Promise<void>][] = [
    ['a flipped bit in a record', (log) => flip(log, ENTRY_5, 40)],
    ['a flipped bit in a chain', (log) => flip(log, ENTRY_5, -10)],
    ['a flipped bit in a checksum', (log) => flip(log, ENTRY_5, -1)],
    ['a flipped bit in the last record', (log) => flip(log, logKey({ sequence: 10, n: 0 }), 40)],
    ['a record that is gone', (log) => log.del(ENTRY_5)],
    ['a first record that is gone', (log) => log.del(logKey({ sequence: 0, n: 1 }))],
    ['a record cut to nothing', (log) => log.put(ENTRY_5, Buffer.alloc(3))],
    ['a flipped bit in a pending entry', (log) => flip(log, pendingKey(1), 40)],
    [
      'a pending entry under another arrival',
      async (log) => log.put(pendingKey(9), (await log.get(pendingKey(1)))!),
    ],
    [
      'two records that changed places',
      async (log) => {
        const key = logKey({ sequence: 7, n: 0 });
        const [five, seven] = await log.getMany([ENTRY_5, key]);
        await log.put(ENTRY_5, seven!);
        await log.put(key, five!);
      },
    ],
  ];

  it.each(damages)('after a crash: %s', async (_, damage) => {
    const log = await stopped('crash');
    await damage(log);
    await expect(opened(log)).rejects.toMatchObject(DAMAGED);
  });

  it('after a crash: a record of another history with a right checksum', async () => {
    const log = await stopped('crash');
    const other = emptyMemory();
    const writer = await opened(other);
    await writer.lead();
    for (let i = 1; i <= 10; i++) await writer.append(webhook(`other ${i}`));
    await log.put(ENTRY_5, (await other.get(ENTRY_5))!);
    await expect(opened(log)).rejects.toMatchObject(DAMAGED);
  });

  it('after a clean stop: the last record is gone', async () => {
    const log = await stopped('clean');
    await log.del(logKey({ sequence: 10, n: 0 }));
    await expect(opened(log)).rejects.toMatchObject({ ...DAMAGED, position: { sequence: 10, n: 0 } });
  });

  it('after a clean stop: a record stands behind the last one', async () => {
    const log = await stopped('clean');
    const node = await opened(log);
    await node.append(webhook('more'));
    await log.put(ownMetaKey('clean-stop'), (await (await stopped('clean')).get(ownMetaKey('clean-stop')))!);
    await log.close();
    await log.open();
    await expect(opened(log)).rejects.toMatchObject(DAMAGED);
  });

  it('whose index knows more than the log, however it was stopped', async () => {
    const [log, index] = [emptyMemory(), emptyMemory()];
    const node = await opened(log, { index });
    await node.lead();
    await node.append(webhook(1));
    await node.find(webhook(1).key);
    await log.del(logKey({ sequence: 1, n: 0 }));
    await Promise.all([log.close(), index.close()]);
    await expect(opened(log, { index })).rejects.toMatchObject(DAMAGED);
  });

  it('and stays as it was: a second look says the same', async () => {
    const log = await stopped('clean');
    await log.del(logKey({ sequence: 10, n: 0 }));
    await expect(opened(log)).rejects.toMatchObject(DAMAGED);
    await expect(opened(log)).rejects.toMatchObject(DAMAGED);
  });
});

describe('a log of another version', () => {
  it('is not opened, nor is something that is no log', async () => {
    const log = await stopped('clean');
    await log.put(ownMetaKey('format'), Buffer.from([0, 0, 0, 0, 0, 0, 0, 3]));
    await expect(opened(log)).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
    const foreign = emptyMemory();
    await foreign.put(Buffer.from('hello'), Buffer.from('world'));
    await expect(opened(foreign)).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
  });
});

describe('damage that open did not look at', () => {
  /** Opened after a clean stop, or with a check that ends before the damage. */
  async function damagedLog(
    damage: (log: Database) => Promise<void>,
    stop: Stop = 'clean',
  ): Promise<OrderedLog> {
    const log = await stopped(stop);
    const index = emptyMemory();
    await (await opened(log, { index })).close();
    await log.open();
    await damage(log);
    return opened(log, { index });
  }

  it('is found by every read of the record, which gives nothing', async () => {
    const log = await damagedLog((rows) => flip(rows, ENTRY_5, 60));
    const { key, digest } = webhook(5, { at: NOON + 5000 });
    const reads = [
      () => entriesOf(log),
      () => log.records({ sequence: 3, n: 0 }),
      () => log.chainAt({ sequence: 5, n: 0 }),
      () => log.find(key),
      () => log.findDigest(digest),
      () => all(log.received({ from: NOON, to: NOON + 60_000 })),
    ];
    for (const read of reads) await expect(read()).rejects.toMatchObject(DAMAGED);
    expect((await log.records(START, { recordsMax: 4 })).length).toBe(4);
    await log.close();
  });

  it('is found as a hole', async () => {
    const log = await damagedLog((rows) => rows.del(ENTRY_5));
    await expect(entriesOf(log)).rejects.toMatchObject({ ...DAMAGED, position: { sequence: 4, n: 0 } });
    await expect(log.records({ sequence: 4, n: 0 })).rejects.toMatchObject(DAMAGED);
    await expect(log.find(webhook(5, { at: NOON + 5000 }).key)).rejects.toMatchObject(DAMAGED);
    await log.close();
  });

  it('is found in a pending entry', async () => {
    const log = await damagedLog((rows) => flip(rows, pendingKey(2), 60));
    expect(await log.pending(0)).toHaveLength(1);
    await expect(log.pending(1)).rejects.toMatchObject(DAMAGED);
    await expect(log.find(webhook('q').key)).rejects.toMatchObject(DAMAGED);
    expect(await log.pending(0, { entriesMax: 1 })).toHaveLength(1);
    await log.close();
  });

  it('fails only the copies of the damaged entry', async () => {
    const log = await damagedLog((rows) => flip(rows, ENTRY_5, 60));
    const copy = log.append(webhook(5, { at: NOON + 6000 }));
    const other = log.append(webhook('other'));
    await expect(copy).rejects.toMatchObject(DAMAGED);
    expect((await other).duplicate).toBe(false);
    expect(log.health).toBe('ok');
    await log.close();
  });

  it('is not sent to a follower', async () => {
    const log = await damagedLog((rows) => flip(rows, ENTRY_5, 60));
    const follower = await opened(emptyMemory(), { newStoreId: 'e'.repeat(16) });
    await expect(replicate(log, follower)).rejects.toMatchObject(DAMAGED);
    await expect(collect(log, follower)).rejects.toMatchObject({ code: 'NOT_LEADING' });
    await Promise.all([log.close(), follower.close()]);
  });

  it('after a crash, is only what lies before the checked end of the log', async () => {
    const log = await stopped('crash');
    await flip(log, logKey({ sequence: 1, n: 0 }), 60);
    const copy = await stopped('crash');
    await flip(copy, logKey({ sequence: 9, n: 0 }), 60);
    const limits = { openCheckBytesMax: 300, pageBytesMax: 100 };
    await expect(opened(copy, { limits })).rejects.toMatchObject(DAMAGED);
    await expect(opened(log, { limits })).rejects.toMatchObject(DAMAGED);
  });
});
