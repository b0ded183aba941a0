import { NOBODY, type OrderedLog, ROLLBACK, START } from '@hooklog/ordered-log';
import { copyOf, HeldLevel, memoryDisk, openLog } from '../testing/disk';
import { appendOf, at, endOf, pendingIn, takeAll, textsIn } from '../testing/histories';
import { answerAppend, answerRecords } from './follower';

const TERM = 0x1_0000;

/** A leader with some entries, and a follower that has them. */
async function pair(texts = ['a', 'b', 'c']): Promise<{ leader: OrderedLog; follower: OrderedLog }> {
  const [leader, follower] = [await openLog('leader'), await openLog('follower')];
  await leader.lead();
  await takeAll(leader, texts);
  await answerAppend(follower, await appendOf(leader, follower, START));
  return { leader, follower };
}

/** Another node that has what the leader has, and then leads in a later term with entries of its own. */
async function successor(leader: OrderedLog, texts: readonly string[], epoch = TERM): Promise<OrderedLog> {
  const log = await openLog('successor');
  await answerAppend(log, await appendOf(leader, log, START));
  await log.promise(epoch, log.store);
  await log.lead(epoch);
  await takeAll(log, texts);
  return log;
}

describe('a follower', () => {
  it('takes records, and says that all of them are durable and equal', async () => {
    const { leader, follower } = await pair();
    expect(await answerAppend(follower, await appendOf(leader, follower, at(1)))).toEqual({
      outcome: 'accepted',
      epoch: leader.tail.epoch,
      promised: leader.tail.epoch,
      incompleteUpTo: START,
      verified: at(3),
      durable: at(3),
      expect: at(3),
      chain: leader.tail.chain,
    });
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c']);
  });

  it('answers a probe with its end, which it does not claim to be proved', async () => {
    const { leader, follower } = await pair();
    const probe = await appendOf(leader, follower, START, { records: [] });
    expect(await answerAppend(follower, probe)).toMatchObject({
      outcome: 'accepted',
      verified: START,
      durable: at(3),
      expect: at(3),
      chain: leader.tail.chain,
    });
  });

  it('names its end at a gap, and another history as such, and changes nothing', async () => {
    const { leader, follower } = await pair();
    await takeAll(leader, ['d', 'e', 'f'], 1_700_000_100_000);
    const gap = await answerAppend(follower, await appendOf(leader, follower, at(5)));
    expect(gap).toMatchObject({ outcome: 'gap', verified: START, expect: at(3) });
    const place = { previousChain: Buffer.alloc(16, 1), records: [] };
    const other = await answerAppend(follower, await appendOf(leader, follower, at(2), place));
    expect(other).toMatchObject({ outcome: 'diverged', verified: START, expect: at(3) });
    expect(endOf(follower)).toEqual({ position: at(3), epoch: 1 });
  });

  it('takes a request that comes twice or late as what it is', async () => {
    const { leader, follower } = await pair(['a']);
    const early = await appendOf(leader, follower, at(1));
    await takeAll(leader, ['b', 'c'], 1_700_000_100_000);
    const request = await appendOf(leader, follower, at(1));
    for (const one of [request, request, early])
      expect(await answerAppend(follower, one)).toMatchObject({ outcome: 'accepted', expect: at(3) });
    expect(await answerAppend(follower, early)).toMatchObject({ verified: at(1) });
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c']);
  });

  it('refuses another store, and another log, and changes nothing', async () => {
    const { leader, follower } = await pair();
    const elsewhere = await appendOf(leader, follower, START, { store: 'f'.repeat(16) });
    await expect(answerAppend(follower, elsewhere)).rejects.toMatchObject({ code: 'STORE_CHANGED' });
    const stray = await openLog('stray');
    await stray.lead();
    await stray.lead();
    const foreign = await answerAppend(follower, await appendOf(stray, follower, START));
    expect(foreign).toMatchObject({ outcome: 'foreign', verified: START, expect: at(3) });
    expect(follower.promised.epoch).toBe(1);
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c']);
  });

  it('refuses a damaged record, and keeps nothing of the batch', async () => {
    const { leader, follower } = await pair(['a']);
    await takeAll(leader, ['b', 'c'], 1_700_000_100_000);
    const request = await appendOf(leader, follower, at(1));
    const [first, last] = request.records as [(typeof request.records)[0], (typeof request.records)[0]];
    const turned = Buffer.from(last.frame);
    turned[60]! ^= 1;
    const records = [first, { ...last, frame: turned }];
    await expect(answerAppend(follower, { ...request, records })).rejects.toMatchObject({
      code: 'DAMAGED_FRAME',
    });
    expect(endOf(follower).position).toEqual(at(1));
  });
});

describe('the commit of a follower', () => {
  it('is what the leader says, as far as this request proved it', async () => {
    const { leader, follower } = await pair();
    for (const [previous, commit, committed] of [
      [at(1), at(2), at(2)],
      [at(1), at(9), at(3)],
    ] as const) {
      await answerAppend(follower, await appendOf(leader, follower, previous, { commit }));
      expect(follower.committed).toEqual(committed);
    }
  });

  it('is never beyond what was proved, however long the follower’s own log is', async () => {
    const { leader, follower } = await pair();
    const later = await successor(leader, ['x', 'y']);
    await takeAll(leader, ['d', 'e', 'f'], 1_700_000_100_000);
    await answerAppend(follower, await appendOf(leader, follower, at(3)));
    const probe = await appendOf(later, follower, at(2), { commit: at(5), records: [] });
    expect(await answerAppend(follower, probe)).toMatchObject({ outcome: 'accepted', expect: at(6) });
    expect(follower.committed).toEqual(at(2));
  });

  it('never goes back', async () => {
    const { leader, follower } = await pair();
    await answerAppend(follower, await appendOf(leader, follower, at(1), { commit: at(3) }));
    await answerAppend(follower, await appendOf(leader, follower, at(1), { commit: at(1) }));
    expect(follower.committed).toEqual(at(3));
  });

  it('is durable with the rows of a later batch', async () => {
    const disk = memoryDisk();
    const [leader, log] = [await openLog('leader'), await openLog('follower', disk)];
    await leader.lead();
    await takeAll(leader, ['a', 'b']);
    await answerAppend(log, await appendOf(leader, log, START, { commit: at(2) }));
    await takeAll(log, ['pending'], 1_700_000_100_000);
    expect(await log.find(log.fingerprints.keyAt(0))).toHaveLength(1);
    const again = await openLog('follower', await copyOf(disk));
    expect(again.committed).toEqual(at(2));
  });
});

describe('a follower with an end that the leader does not have', () => {
  it('cuts it back to the last common record, makes it pending and says what moved', async () => {
    const { leader, follower } = await pair();
    const later = await successor(leader, ['x']);
    await takeAll(leader, ['d', 'e'], 1_700_000_100_000);
    await answerAppend(follower, await appendOf(leader, follower, at(3)));
    const answer = await answerAppend(follower, await appendOf(later, follower, at(1)));
    expect(answer).toMatchObject({ outcome: 'accepted', verified: at(4), expect: at(4), epoch: TERM });
    expect(answer.chain).toEqual(later.tail.chain);
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c', 'x']);
    expect(await pendingIn(follower)).toEqual(['d', 'e']);
    expect(await follower.metaNames(ROLLBACK)).toHaveLength(1);
  });

  it('cuts nothing for an empty request: only records say what stands there instead', async () => {
    const { leader, follower } = await pair();
    const later = await successor(leader, ['x']);
    await takeAll(leader, ['d'], 1_700_000_100_000);
    await answerAppend(follower, await appendOf(leader, follower, at(3)));
    const probe = await appendOf(later, follower, at(3), { records: [] });
    expect(await answerAppend(follower, probe)).toMatchObject({ outcome: 'accepted', expect: at(4) });
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses as diverged what would cut below its commit, and changes nothing', async () => {
    const { leader, follower } = await pair();
    const later = await successor(leader, ['x']);
    await takeAll(leader, ['d', 'e'], 1_700_000_100_000);
    await answerAppend(follower, await appendOf(leader, follower, at(3), { commit: at(4) }));
    const answer = await answerAppend(follower, await appendOf(later, follower, at(3)));
    expect(answer).toMatchObject({ outcome: 'diverged', verified: START, expect: at(5) });
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await follower.metaNames(ROLLBACK)).toEqual([]);
  });

  it('cuts nothing for a writer that is over', async () => {
    const { leader, follower } = await pair();
    const later = await successor(leader, ['x']);
    await answerAppend(follower, await appendOf(later, follower, at(3)));
    await takeAll(leader, ['d'], 1_700_000_100_000);
    const answer = await answerAppend(follower, await appendOf(leader, follower, at(3)));
    expect(answer).toMatchObject({ outcome: 'stale', epoch: TERM, promised: TERM });
    expect(await textsIn(follower)).toEqual(['a', 'b', 'c', 'x']);
  });
});

describe('a follower that promised', () => {
  it('refuses every earlier writer, and says what it promised', async () => {
    const { leader, follower } = await pair();
    await follower.promise(TERM, 'e'.repeat(16));
    const answer = await answerAppend(follower, await appendOf(leader, follower, at(3)));
    expect(answer).toMatchObject({ outcome: 'stale', epoch: 1, promised: TERM, verified: START });
  });

  it('gives no acknowledgement for what it took while the promise came', async () => {
    const disk = { log: new HeldLevel(), index: memoryDisk().index };
    const [leader, follower] = [await openLog('leader'), await openLog('follower', disk)];
    await leader.lead();
    await takeAll(leader, ['a']);
    const request = await appendOf(leader, follower, START, { commit: at(1) });
    disk.log.hold();
    const answer = answerAppend(follower, request);
    const promise = follower.promise(TERM, 'e'.repeat(16));
    disk.log.release();
    expect(await answer).toMatchObject({ outcome: 'stale', promised: TERM, verified: START });
    await promise;
    expect(follower.committed).toEqual(START);
  });
});

describe('a node that leads', () => {
  it('follows a writer of a later epoch from then on', async () => {
    const { leader } = await pair();
    const later = await successor(leader, ['x']);
    await takeAll(leader, ['d'], 1_700_000_100_000);
    const answer = await answerAppend(leader, await appendOf(later, leader, at(3)));
    expect(answer).toMatchObject({ outcome: 'accepted', epoch: TERM, expect: at(4) });
    expect(leader.leading).toBe(false);
    expect(leader.promised).toEqual({ epoch: TERM, to: NOBODY });
    expect(await textsIn(leader)).toEqual(['a', 'b', 'c', 'x']);
    expect(await pendingIn(leader)).toEqual(['d']);
  });

  it('is not impressed by one of an earlier epoch', async () => {
    const { leader } = await pair();
    const later = await successor(leader, ['x']);
    const answer = await answerAppend(later, await appendOf(leader, later, at(3)));
    expect(answer).toMatchObject({ outcome: 'stale', epoch: TERM });
    expect(later.leading).toBe(true);
  });
});

describe('records that are asked for', () => {
  const BYTES = 10_000;

  it('are those behind a place that both sides have, at most as many as were asked for', async () => {
    const { leader } = await pair();
    const ask = async (sequence: number, recordsMax: number) => {
      const previous = at(sequence);
      const previousChain = (await leader.chainAt(previous)) as Buffer;
      return answerRecords(leader, { store: leader.store, previous, previousChain, recordsMax }, BYTES);
    };
    const two = await ask(1, 2);
    expect(two.outcome).toBe('accepted');
    expect(two.records.map(({ position }) => position)).toEqual([at(2), at(3)]);
    expect(await ask(1, 0)).toEqual({ outcome: 'accepted', records: [] });
    expect(await ask(3, 9)).toEqual({ outcome: 'accepted', records: [] });
  });

  it('are none where the asked log ends before, or is another one', async () => {
    const { leader } = await pair();
    const request = { store: leader.store, previousChain: Buffer.alloc(16, 1), recordsMax: 9 };
    const none = { records: [] };
    expect(await answerRecords(leader, { ...request, previous: at(4) }, BYTES)).toEqual({
      outcome: 'gap',
      ...none,
    });
    expect(await answerRecords(leader, { ...request, previous: at(2) }, BYTES)).toEqual({
      outcome: 'diverged',
      ...none,
    });
    expect(await answerRecords(leader, { ...request, previous: at(2, 7) }, BYTES)).toEqual({
      outcome: 'diverged',
      ...none,
    });
    const elsewhere = { ...request, store: 'f'.repeat(16), previous: START };
    await expect(answerRecords(leader, elsewhere, BYTES)).rejects.toMatchObject({ code: 'STORE_CHANGED' });
  });

  it('are as many as the bytes allow, and at least one', async () => {
    const { leader } = await pair(['a'.repeat(3000), 'b'.repeat(3000), 'c'.repeat(3000)]);
    const ask = async (bytesMax: number) =>
      answerRecords(
        leader,
        { store: leader.store, previous: START, previousChain: Buffer.alloc(16), recordsMax: 100 },
        bytesMax,
      );
    expect((await ask(1)).records).toHaveLength(1);
    expect((await ask(7000)).records.length).toBeLessThan(4);
  });
});
