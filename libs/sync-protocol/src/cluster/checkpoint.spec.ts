import type { OrderedLog } from '@hooklog/ordered-log';
import { openLog } from '../testing/disk';
import { collectedName, encodeCheckpoint, readCheckpoint } from './checkpoint';

const STORE = 'a'.repeat(16);
const TERM = 0x1_0000;

async function leading(epoch: number): Promise<OrderedLog> {
  const log = await openLog('master');
  await log.promise(epoch, log.store);
  await log.lead(epoch);
  return log;
}

describe('a checkpoint', () => {
  it('has these bytes: how far, and the term of the leader that got there', () => {
    expect(encodeCheckpoint(258, 3 * TERM + 7).toString('hex')).toBe('0000000000000102' + '0000000000000003');
    expect(collectedName(STORE)).toBe(`collected/${STORE}`);
  });

  it('holds over the starts of one term', async () => {
    const log = await leading(TERM);
    await log.writeMeta('x', encodeCheckpoint(9, TERM));
    await log.lead();
    expect(await readCheckpoint(log, 'x')).toBe(9);
  });

  it('of another term is none: what was collected then may have been cut since', async () => {
    const log = await leading(TERM);
    await log.writeMeta('x', encodeCheckpoint(9, 1));
    expect(await readCheckpoint(log, 'x')).toBeNull();
  });

  it('that was never written, or by a version without terms, is none', async () => {
    const log = await leading(1);
    expect(await readCheckpoint(log, 'x')).toBeNull();
    await log.writeMeta('x', encodeCheckpoint(9, 1).subarray(0, 8));
    expect(await readCheckpoint(log, 'x')).toBeNull();
  });
});
