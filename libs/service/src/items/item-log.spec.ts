import { OrderedLog, START } from '@hooklog/ordered-log';
import { identify } from '@hooklog/object-id';
import { eventually } from '../testing/eventually';
import { MemoryDatabase } from '../testing/memory-database';
import { listeningLogger, memoryStore } from '../testing/served-node';
import type { Store } from '../store/open-store';
import type { GapLimits } from './gap-buffer';
import { ItemLog } from './item-log';

interface Node {
  readonly log: OrderedLog;
  readonly items: ItemLog;
  readonly lines: readonly Record<string, unknown>[];
  readonly stop: AbortController;
  registered: boolean;
}

let open: Node[] = [];
afterEach(async () => {
  for (const { stop, log } of open.splice(0)) {
    stop.abort();
    await log.close();
  }
});

async function start(store = memoryStore(), limits?: GapLimits): Promise<Node> {
  const log = await OrderedLog.open({ ...store, node: 'sentinel' });
  const { logger, lines } = listeningLogger();
  const stop = new AbortController();
  const options = { log, now: Date.now, logger, stop: stop.signal, registered: () => node.registered };
  const items = new ItemLog({ ...options, ...(limits && { limits }) });
  const node: Node = { log, items, lines, stop, registered: false };
  open.push(node);
  await items.resume();
  return node;
}

async function restart(node: Node, store: Store): Promise<Node> {
  open = open.filter((each) => each !== node);
  node.stop.abort();
  await node.log.close();
  return start(store);
}

async function shown({ log }: Node): Promise<string[]> {
  const texts: string[] = [];
  for await (const { body } of log.entries(0)) texts.push(body.toString());
  return texts;
}

const item = (id: number, text = `text ${id}`) => ({ id, text: Buffer.from(text) });
const upTo = (last: number): string[] => Array.from({ length: last }, (_none, i) => `text ${i + 1}`);
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'taken',
    (error: { code?: string }) => error.code,
  );

/** Park and Miller's generator: the same orders in every run. */
function shuffled(ids: readonly number[], seed: number): number[] {
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 0x7fff_ffff);
  return [...ids]
    .map((id) => ({ id, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ id }) => id);
}

describe('items of an older master', () => {
  it('have their places in the order of their ids, as messages that name the id', async () => {
    const node = await start();
    for (const id of [1, 2, 3]) {
      const taken = await node.items.take(item(id));
      expect(taken).toEqual({ id, sequence: id, duplicate: false, missing: id + 1 });
    }
    expect(await shown(node)).toEqual(upTo(3));
    for await (const { sequence, kind, eventId } of node.log.entries(0))
      expect([kind, eventId]).toEqual(['message', `replicate-item/${sequence}`]);
  });

  it('are shown without gaps, whatever comes first', async () => {
    const node = await start();
    expect(await node.items.take(item(3))).toEqual({ id: 3, sequence: null, duplicate: false, missing: 1 });
    expect(await node.items.take(item(2))).toMatchObject({ sequence: null, missing: 1 });
    expect(await shown(node)).toEqual([]);
    expect(await node.items.take(item(1))).toEqual({ id: 1, sequence: 1, duplicate: false, missing: 4 });
    expect(await shown(node)).toEqual(upTo(3));
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'end at the first gap after each of many in random order, some twice: %i',
    async (seed) => {
      const node = await start();
      const ids = Array.from({ length: 30 }, (_none, i) => i + 1);
      const sent = new Set<number>();
      for (const id of shuffled([...ids, ...ids.filter((each) => each % 3 === 0)], seed)) {
        expect((await node.items.take(item(id))).duplicate).toBe(sent.has(id));
        sent.add(id);
        const prefix = ids.findIndex((each) => !sent.has(each));
        expect(await shown(node)).toEqual(upTo(prefix === -1 ? ids.length : prefix));
      }
      expect(await node.log.metaNames('replicate-item/waiting/')).toEqual([]);
    },
  );

  it('may be sent all at once', async () => {
    const node = await start();
    const ids = shuffled(
      Array.from({ length: 200 }, (_none, i) => i + 1),
      7,
    );
    await Promise.all([...ids, ...ids].map((id) => node.items.take(item(id))));
    expect(await shown(node)).toEqual(upTo(200));
  });

  it('may be empty, and may be the same text again', async () => {
    const node = await start();
    for (const [i, text] of ['', 'x', 'x', ''].entries()) await node.items.take(item(i + 1, text));
    expect(await shown(node)).toEqual(['', 'x', 'x', '']);
  });

  it('are never replaced by another text under their id', async () => {
    const node = await start();
    await node.items.take(item(1));
    await node.items.take(item(3));
    expect(await codeOf(node.items.take(item(1, 'other')))).toBe('ITEM_CONFLICT');
    expect(await codeOf(node.items.take(item(3, 'other')))).toBe('ITEM_CONFLICT');
    await node.items.take(item(2));
    expect(await codeOf(node.items.take(item(3, 'other')))).toBe('ITEM_CONFLICT');
    expect(await shown(node)).toEqual(upTo(3));
  });
});

describe('items that wait', () => {
  it('are bounded by their number; the missing one is always taken', async () => {
    const node = await start(memoryStore(), { waitingItemsMax: 2, waitingBytesMax: 1000 });
    await node.items.take(item(3));
    await node.items.take(item(5));
    await expect(node.items.take(item(4))).rejects.toMatchObject({
      code: 'OVERLOADED',
      more: { members: { missing: 1 } },
    });
    expect((await node.items.take(item(5))).duplicate).toBe(true);
    for (const id of [1, 2, 4]) await node.items.take(item(id));
    expect(await shown(node)).toEqual(upTo(5));
    for (const id of [8, 9]) await node.items.take(item(id));
    expect(await codeOf(node.items.take(item(7)))).toBe('OVERLOADED');
  });

  it('are bounded by their bytes', async () => {
    const node = await start(memoryStore(), { waitingItemsMax: 100, waitingBytesMax: 10 });
    await node.items.take(item(3, '123456'));
    expect(await codeOf(node.items.take(item(4, '12345')))).toBe('OVERLOADED');
    await node.items.take(item(4, '1234'));
    for (const id of [1, 2]) await node.items.take(item(id));
    expect(await shown(node)).toEqual([...upTo(2), '123456', '1234']);
    await node.items.take(item(6, '1234567890'));
  });

  it('are there after a restart, and so is the place of the next one', async () => {
    const store = memoryStore();
    let node = await start(store);
    for (const id of [1, 2, 4, 5, 7]) await node.items.take(item(id));
    node = await restart(node, store);
    expect(await shown(node)).toEqual(upTo(2));
    expect(await codeOf(node.items.take(item(4, 'other')))).toBe('ITEM_CONFLICT');
    expect(await node.items.take(item(3))).toMatchObject({ sequence: 3, missing: 6 });
    node = await restart(node, store);
    expect(await node.items.take(item(6))).toMatchObject({ sequence: 6, missing: 8 });
    expect(await shown(node)).toEqual(upTo(7));
  });

  it('have their places after a stop that came between, without being sent again', async () => {
    const store = memoryStore();
    let node = await start(store);
    for (const id of [1, 2]) await node.items.take(item(id));
    for (const id of [2, 3, 5]) await node.log.writeMeta(`replicate-item/waiting/${id}`, item(id).text);
    node = await restart(node, store);
    expect(await shown(node)).toEqual(upTo(3));
    expect(await node.log.metaNames('replicate-item/waiting/')).toHaveLength(1);
    expect(await node.items.take(item(4))).toMatchObject({ sequence: 4, missing: 6 });
  });

  it('are found again behind a long log, of which a mark spares the reading', async () => {
    const store = memoryStore();
    let node = await start(store);
    for (let id = 1; id <= 1030; id += 1) await node.items.take(item(id));
    const mark = await node.log.readMeta('replicate-item/mark');
    expect(JSON.parse(String(mark))).toEqual({ id: 1024, sequence: 1024 });
    node = await restart(node, store);
    expect(await node.items.take(item(1031))).toMatchObject({ sequence: 1031, missing: 1032 });
    expect(await node.items.take(item(5))).toMatchObject({ sequence: 5, duplicate: true, missing: 1032 });
  });

  it('have their places once the disk writes again', async () => {
    const log = failingDisk();
    const node = await start({ ...memoryStore(), log });
    for (const id of [2, 3]) await node.items.take(item(id));
    log.failsAfter(1);
    expect(await node.items.take(item(1))).toMatchObject({ sequence: 1, missing: 2 });
    expect(node.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
    await eventually(async () => (await shown(node)).length === 3);
    expect(await shown(node)).toEqual(upTo(3));
  });
});

describe('a node that belongs to a cluster', () => {
  const refuses = async (node: Node): Promise<void> => {
    const { position } = node.log.tail;
    for (const id of [1, 3]) expect(await codeOf(node.items.take(item(id)))).toBe('IN_CLUSTER');
    expect(node.log.tail.position).toEqual(position);
    expect(await node.log.metaNames('replicate-item/')).toEqual([]);
  };

  it('refuses items when its log has the records of another node', async () => {
    const master = await OrderedLog.open({
      ...memoryStore(),
      newStoreId: '00000000000000aa',
      node: 'master',
    });
    const epoch = await master.lead();
    const node = await start();
    const records = await master.records(START);
    await node.log.appendReplica({ epoch, previous: START, previousChain: Buffer.alloc(16), records });
    await master.close();
    await refuses(node);
  });

  it('refuses items while a master knows it, also before its first record', async () => {
    const node = await start();
    node.registered = true;
    await refuses(node);
    node.registered = false;
    expect(await node.items.take(item(1))).toMatchObject({ sequence: 1 });
  });

  it('leaves those alone that still waited when it joined', async () => {
    const node = await start();
    await node.items.take(item(2));
    node.registered = true;
    expect(await codeOf(node.items.take(item(1)))).toBe('IN_CLUSTER');
    expect(await shown(node)).toEqual([]);
  });
});

it('what a node took before its first item stands before it', async () => {
  const node = await start();
  const body = Buffer.from('a webhook');
  const receivedAt = node.log.receivedAt(Date.now());
  const { key, digest } = identify(body, receivedAt, { kind: 'bytes' });
  const webhook = { key, digest, receivedAt, kind: 'bytes', headers: [], body } as const;
  expect((await node.log.append(webhook)).sequence).toBeNull();
  expect(await node.items.take(item(1))).toMatchObject({ sequence: 2 });
  expect(await shown(node)).toEqual(['a webhook', 'text 1']);
});

/** A disk that refuses one batch, after so many more that it takes. */
function failingDisk(): Store['log'] & { failsAfter(batches: number): void } {
  let left = Infinity;
  class Failing extends MemoryDatabase {
    override async _batch(operations: unknown, options: unknown): Promise<void> {
      left -= 1;
      if (left !== -1) return super._batch(operations, options);
      left = Infinity;
      throw new Error('input/output error');
    }

    failsAfter(batches: number): void {
      left = batches;
    }
  }
  return new Failing();
}
