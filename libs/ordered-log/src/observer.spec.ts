import { NOON, taken, webhook } from './conformance/webhooks';
import { type LogObserver, OrderedLog } from './index';
import { MemoryDatabase, emptyMemory, ENCODING, type Operation, type WriteOptions } from './testing/memory';

type Heard = string | { readonly entries: number; readonly bytes: number };

class FailingDisk extends MemoryDatabase {
  fails = false;

  override async _batch(operations: readonly Operation[], options: WriteOptions): Promise<void> {
    if (this.fails) throw new Error('input/output error');
    return super._batch(operations, options);
  }
}

let log: OrderedLog;
const heard: Heard[] = [];
const observer: LogObserver = {
  writing: () => heard.push('writing'),
  written: (batch) => heard.push(batch),
  duplicate: (rule) => heard.push(rule),
};
const disk = new FailingDisk(ENCODING);

beforeEach(async () => {
  const options = { node: 'n', newStoreId: '00000000000000dd', observer };
  log = await OrderedLog.open({ ...options, log: disk, index: emptyMemory() });
  await log.lead();
  heard.length = 0;
});
afterEach(() => log.close());

describe('an observer', () => {
  it('hears of each batch with its size, and why a copy is one', async () => {
    await Promise.all([log.append(webhook('a')), log.append(webhook('b')), log.append(webhook('a'))]);
    const batch = { entries: 3, bytes: expect.any(Number) };
    expect(heard).toEqual(['writing', batch, 'key']);

    heard.length = 0;
    await log.append(webhook('a', { at: NOON + 2000 }));
    await log.append(webhook('c', { source: 's', eventId: '1' }));
    await log.append(webhook('other', { source: 's', eventId: '1', at: NOON + 9000 }));
    expect(heard.filter((each) => typeof each === 'string')).toEqual(['body', 'writing', 'event-id']);

    heard.length = 0;
    await log.appendCollected({ entries: [taken(1, webhook('a', { at: NOON + 3000 }))] });
    expect(heard).toEqual(['writing', { entries: 1, bytes: expect.any(Number) }, 'receipt']);
  });

  it('hears of no batch that is not durable, and of none of its copies', async () => {
    disk.fails = true;
    await expect(Promise.all([log.append(webhook('x')), log.append(webhook('x'))])).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    disk.fails = false;
    expect(heard).toEqual(['writing']);
  });
});
