import { namesOf, NOON, webhook } from './conformance/webhooks';
import { OrderedLog } from './index';
import { emptyMemory } from './testing/memory';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc' };

let log: OrderedLog;
const open = async (limits = {}): Promise<void> => {
  log = await OrderedLog.open({ ...OPTIONS, log: emptyMemory(), index: emptyMemory(), limits });
};
afterEach(() => log.close());

describe('appendAll', () => {
  it('gives sequences in its order, and knows copies within itself and of what was there', async () => {
    await open();
    await log.lead();
    await log.append(webhook('a'));
    const answers = await log.appendAll(
      ['b', 'a', 'c', 'b'].map((name) => webhook(name, { at: NOON + 1000 })),
    );
    expect(answers).toMatchObject([
      { sequence: 2, duplicate: false },
      { sequence: 1, duplicate: true },
      { sequence: 3, duplicate: false },
      { sequence: 2, duplicate: true },
    ]);
    expect(await namesOf(log)).toEqual(['a', 'b', 'c']);
  });

  it('keeps them pending where the log does not lead', async () => {
    await open();
    expect(await log.appendAll([webhook('a'), webhook('b')])).toMatchObject([
      { sequence: null, duplicate: false },
      { sequence: null, duplicate: false },
    ]);
    expect(log.pendingEntries).toBe(2);
  });

  it('answers one that is too large by its error, and stores the others', async () => {
    await open({ entryBytesMax: 400 });
    await log.lead();
    const answers = await log.appendAll([webhook('a'), webhook('x'.repeat(500)), webhook('b')]);
    expect(answers).toMatchObject([{ sequence: 1 }, { code: 'ENTRY_TOO_LARGE' }, { sequence: 2 }]);
    expect(await log.appendAll([webhook('y'.repeat(500))])).toMatchObject([{ code: 'ENTRY_TOO_LARGE' }]);
    expect(await log.appendAll([])).toEqual([]);
  });
});
