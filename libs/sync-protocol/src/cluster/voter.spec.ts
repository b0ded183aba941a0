import { NOBODY, type OrderedLog, START } from '@hooklog/ordered-log';
import type { PromiseRequest } from '../promise-codec';
import { copyOf, loseUpTo, memoryDisk, openLog } from '../testing/disk';
import { appendOf, at, takeAll } from '../testing/histories';
import { answerAppend } from './follower';
import { answerPromise } from './voter';

const TERM = 0x1_0000;
const CANDIDATE = 'c'.repeat(16);
const OTHER = 'd'.repeat(16);

function request(log: OrderedLog, fields: Partial<PromiseRequest> = {}): PromiseRequest {
  return { store: log.store, epoch: TERM, candidate: CANDIDATE, dry: false, ...fields };
}

async function voter(disk = memoryDisk()): Promise<OrderedLog> {
  const [leader, log] = [await openLog('leader'), await openLog('voter', disk)];
  await leader.lead();
  await takeAll(leader, ['a', 'b']);
  await answerAppend(log, await appendOf(leader, log, START));
  return log;
}

describe('a voter', () => {
  it('promises, and names the end of the log that it then has', async () => {
    const log = await voter();
    expect(await answerPromise(log, request(log))).toEqual({
      granted: true,
      incomplete: false,
      promised: TERM,
      epoch: 1,
      position: at(2),
      chain: log.tail.chain,
    });
    expect(log.promised).toEqual({ epoch: TERM, to: CANDIDATE });
  });

  it('keeps its promise over a crash: it is durable before it is answered', async () => {
    const disk = memoryDisk();
    const log = await voter(disk);
    await answerPromise(log, request(log));
    const again = await openLog('voter', await copyOf(disk));
    expect(again.promised).toEqual({ epoch: TERM, to: CANDIDATE });
    expect(await answerPromise(again, request(again, { candidate: OTHER }))).toMatchObject({
      granted: false,
    });
  });

  it.each([
    ['the same candidate again', { epoch: TERM, candidate: CANDIDATE }, true],
    ['another candidate for the same epoch', { epoch: TERM, candidate: OTHER }, false],
    ['an earlier epoch', { epoch: TERM - 1, candidate: CANDIDATE }, false],
    ['a later epoch', { epoch: 2 * TERM, candidate: OTHER }, true],
  ])('answers %s after it promised', async (_, fields, granted) => {
    const log = await voter();
    await answerPromise(log, request(log));
    const answer = await answerPromise(log, request(log, fields));
    const promised = granted ? fields.epoch : TERM;
    expect(answer).toMatchObject({ granted, promised, incomplete: false, position: at(2) });
  });

  it('changes nothing when it is only asked what it would answer', async () => {
    const log = await voter();
    const dry = await answerPromise(log, request(log, { dry: true, epoch: 0 }));
    expect(dry).toMatchObject({ granted: true, promised: 1, position: at(2) });
    expect(log.promised.epoch).toBe(1);
  });

  it('refuses another store', async () => {
    const log = await voter();
    await expect(answerPromise(log, request(log, { store: OTHER }))).rejects.toMatchObject({
      code: 'STORE_CHANGED',
    });
    expect(log.promised.epoch).toBe(1);
  });

  it('leads no longer when it promises, and writes nothing in its old epoch', async () => {
    const log = await openLog('leader');
    await log.lead();
    expect(await answerPromise(log, request(log))).toMatchObject({ granted: true, position: at(0, 1) });
    expect(log.leading).toBe(false);
    await takeAll(log, ['late']);
    expect(log.tail.position).toEqual(at(0, 1));
    expect(log.pendingEntries).toBe(1);
  });

  it('leads on when it refuses', async () => {
    const log = await openLog('leader');
    await log.promise(TERM, log.store);
    await log.lead(TERM);
    expect(await answerPromise(log, request(log))).toMatchObject({ granted: false, promised: TERM });
    expect(log.leading).toBe(true);
  });

  it('that lost something has no vote, dry or not', async () => {
    const disk = memoryDisk();
    const before = await voter(disk);
    await before.close();
    await loseUpTo(disk, at(9));
    const log = await openLog('voter', disk);
    for (const dry of [true, false])
      expect(await answerPromise(log, request(log, { dry }))).toMatchObject({
        granted: false,
        incomplete: true,
      });
    expect(log.promised.epoch).toBe(1);
  });

  it('gives nobody what it promised to nobody', async () => {
    const log = await voter();
    await log.promise(TERM, NOBODY);
    expect(await answerPromise(log, request(log))).toMatchObject({ granted: false, promised: TERM });
    expect(await answerPromise(log, request(log, { epoch: 2 * TERM }))).toMatchObject({ granted: true });
  });
});
