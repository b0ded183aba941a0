import { webhook } from './conformance/webhooks';
import { OrderedLog } from './index';
import { HeldLevel } from './testing/held';
import { emptyMemory } from './testing/memory';
import { settles } from './testing/settles';

let log: OrderedLog;
let batches: number[];
let turns: number;
/** What comes with each turn. */
let onTurn: () => void;

const open = async (newStoreId: string, limits = {}): Promise<OrderedLog> => {
  const turn = async (): Promise<void> => {
    turns += 1;
    onTurn();
    await Promise.resolve();
  };
  const observer = {
    writing: () => undefined,
    written: ({ entries }: { readonly entries: number }) => void batches.push(entries),
    duplicate: () => undefined,
  };
  return OrderedLog.open({
    node: 'n',
    newStoreId,
    log: emptyMemory(),
    index: emptyMemory(),
    limits,
    observer,
    turn,
  });
};

beforeEach(async () => {
  onTurn = () => undefined;
  [batches, turns] = [[], 0];
  log = await open('00000000000000cc', { batchEntriesMax: 20 });
  await log.lead();
  [batches, turns] = [[], 0];
});
afterEach(() => log.close());

const names = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, i) => `w${first + i}`);
const appendAll = (which: readonly string[]): Promise<unknown>[] =>
  which.map((name) => log.append(webhook(name)));

describe('a batch', () => {
  it('is all that comes while each turn brings more', async () => {
    const asked = appendAll(names(1));
    onTurn = () => void (turns <= 3 && asked.push(...appendAll(names(2, 10 * turns))));
    await asked[0];
    expect([batches, turns]).toEqual([[7], 4]);
    await Promise.all(asked);
  });

  it('waits for one turn where nothing more comes', async () => {
    await log.append(webhook('alone'));
    expect([batches, turns]).toEqual([[1], 1]);
  });

  it('waits no longer when it is full, and not for ever', async () => {
    await Promise.all(appendAll(names(20)));
    expect([batches, turns]).toEqual([[20], 0]);
    const asked = appendAll(names(1, 100));
    onTurn = () => void asked.push(...appendAll(names(1, 100 + turns)));
    await asked[0];
    expect([batches, turns]).toEqual([[20, 5], 4]);
    onTurn = () => undefined;
    await Promise.all(asked);
  });

  it('that another node sends waits for nothing', async () => {
    await log.append(webhook('a'));
    const follower = await open('00000000000000dd');
    const { tail } = follower;
    [batches, turns] = [[], 0];
    const records = await log.records(tail.position);
    const { position: previous, chain: previousChain } = tail;
    await follower.appendReplica({ epoch: log.tail.epoch, previous, previousChain, records });
    expect([batches, turns]).toEqual([[2], 0]);
    await follower.close();
  });

  it('is not begun while it is waited for, and close waits for it', async () => {
    let release: () => void = () => undefined;
    const slow = await OrderedLog.open({
      node: 'n',
      newStoreId: '00000000000000ee',
      log: emptyMemory(),
      index: emptyMemory(),
      turn: () => new Promise<void>((resolve) => (release = resolve)),
    });
    const asked = slow.append(webhook('a'));
    const closed = slow.close();
    expect([await settles(asked), await settles(closed)]).toEqual([false, false]);
    release();
    await closed;
    expect(await asked).toMatchObject({ sequence: null, duplicate: false });
  });
});

it('answers those of a batch while the next one is being written, and those of the last one at once', async () => {
  const database = new HeldLevel();
  const slow = await OrderedLog.open({
    node: 'n',
    newStoreId: '00000000000000ff',
    log: database,
    index: emptyMemory(),
  });
  database.hold();
  const first = slow.append(webhook('a'));
  expect(await settles(first)).toBe(false);
  const second = slow.append(webhook('b'));
  database.release();
  database.hold();
  expect([await settles(first), await settles(second)]).toEqual([true, false]);
  database.release();
  expect(await settles(second)).toBe(true);
  await slow.close();
});
