import { type OrderedLog, ROLLBACK, START } from '@hooklog/ordered-log';
import type { PromiseAnswer } from '../promise-codec';
import type { RecordsAnswer, RecordsRequest } from '../records-codec';
import { LIMITS } from '../testing/cluster';
import { openLog } from '../testing/disk';
import { appendOf, at, pendingIn, takeAll, textsIn } from '../testing/histories';
import { adopt } from './adoption';
import { answerAppend, answerRecords } from './follower';
import type { PeerLink } from './ports';
import { answerPromise } from './voter';

const [TERM, NEXT] = [0x1_0000, 0x2_0000];
const LATER = 1_700_000_100_000;

/** A peer whose records can be asked for, and nothing else. */
class RecordsLink implements PeerLink {
  readonly asked: RecordsRequest[] = [];
  /** in front of each answer */
  before: (request: RecordsRequest) => Promise<void> = () => Promise.resolve();

  constructor(private readonly log: OrderedLog) {}

  append = refuse;
  promise = refuse;
  pending = refuse;

  async records(request: RecordsRequest): Promise<RecordsAnswer> {
    this.asked.push(request);
    await this.before(request);
    return answerRecords(this.log, request, 1_000_000);
  }

  close(): void {
    return;
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('not asked'));
}

/** Two logs with `common` entries of a first leader; the candidate has more of it, the peer leads a later term. */
async function forked(
  common: number,
  own: number,
  theirs: number,
  controls = 0,
): Promise<{ log: OrderedLog; peer: OrderedLog }> {
  const [first, log, peer] = [await openLog('first'), await openLog('candidate'), await openLog('peer')];
  const epoch = await first.lead();
  await takeAll(first, numbered('common', common));
  for (let i = 0; i < controls; i += 1) await first.nameMembers([], epoch);
  for (const one of [log, peer]) await answerAppend(one, await appendOf(first, one, START));
  await takeAll(first, numbered('own', own), LATER);
  await answerAppend(log, await appendOf(first, log, at(common)));
  await peer.promise(TERM, peer.store);
  await peer.lead(TERM);
  await takeAll(peer, numbered('theirs', theirs), LATER);
  return { log, peer };
}

function numbered(text: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${text} ${i}`);
}

async function promised(log: OrderedLog, peer: OrderedLog): Promise<PromiseAnswer> {
  await log.promise(NEXT, log.store);
  return answerPromise(peer, { store: peer.store, epoch: NEXT, candidate: log.store, dry: false });
}

async function adopted(
  log: OrderedLog,
  peer: OrderedLog,
  link = new RecordsLink(peer),
  recordsMax = 3,
): Promise<RecordsLink> {
  const answer = await promised(log, peer);
  const limits = { ...LIMITS, batchRecordsMax: recordsMax };
  await adopt(log, { link, store: peer.store, answer }, NEXT, limits, new AbortController().signal);
  return link;
}

describe('a candidate that takes over a better log', () => {
  it.each([
    ['that is longer', 4, 0, 9],
    ['that has another end', 4, 5, 9],
    ['that is shorter, of a later writer', 4, 9, 0],
    ['of which it has nothing', 0, 5, 3],
    ['whose writer only began', 7, 0, 0],
  ])('is equal to it afterwards: one %s', async (_, common, own, theirs) => {
    const { log, peer } = await forked(common, own, theirs);
    await adopted(log, peer);
    expect(log.tail).toEqual(peer.tail);
    expect(await textsIn(log)).toEqual([...numbered('common', common), ...numbered('theirs', theirs)]);
    expect(await pendingIn(log)).toEqual(numbered('own', own));
    expect(await log.metaNames(ROLLBACK)).toHaveLength(own > 0 ? 1 : 0);
  });

  it('may begin the epoch that it was promised, and still only that', async () => {
    const { log, peer } = await forked(3, 2, 2);
    await adopted(log, peer);
    expect(log.promised).toEqual({ epoch: NEXT, to: log.store });
    expect(await log.lead(NEXT)).toBe(NEXT);
    expect(await textsIn(log)).toEqual(
      expect.arrayContaining([...numbered('common', 3), ...numbered('theirs', 2), ...numbered('own', 2)]),
    );
  });

  it('asks about few places, then for pages behind the last common entry', async () => {
    const { log, peer } = await forked(60, 40, 30);
    const { asked } = await adopted(log, peer);
    const pages = asked.filter(({ recordsMax }) => recordsMax > 0);
    expect(asked.length - pages.length).toBeLessThanOrEqual(9);
    expect(pages[0]?.previous).toEqual(at(60));
    expect(pages).toHaveLength(11);
  });

  it('asks for nothing that it has', async () => {
    const { log, peer } = await forked(5, 0, 0);
    await adopted(log, peer);
    const { asked } = await adopted(log, peer);
    expect(asked.map(({ recordsMax }) => recordsMax)).toEqual([0]);
  });

  it('passes control records that both have, also where they are more than a page', async () => {
    const { log, peer } = await forked(2, 3, 3, 9);
    await adopted(log, peer, undefined, 2);
    expect(log.tail).toEqual(peer.tail);
    expect(await pendingIn(log)).toEqual(numbered('own', 3));
  });

  it('cuts nothing below its own commit', async () => {
    const { log, peer } = await forked(3, 4, 2);
    log.commit(at(5));
    await expect(adopted(log, peer)).rejects.toMatchObject({ code: 'DIVERGED' });
    expect(await textsIn(log)).toEqual([...numbered('common', 3), ...numbered('own', 4)]);
  });

  it('gives up where a later epoch was promised meanwhile', async () => {
    const { log, peer } = await forked(3, 0, 9);
    const link = new RecordsLink(peer);
    link.before = async ({ recordsMax }) => {
      if (recordsMax > 0) await log.promise(2 * NEXT, peer.store);
    };
    await expect(adopted(log, peer, link)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  });

  it('gives up with a code where the peer follows somebody else meanwhile', async () => {
    const { log, peer } = await forked(3, 2, 2);
    const link = new RecordsLink(peer);
    link.before = async ({ recordsMax }) => {
      if (recordsMax === 0 || peer.leading) return;
      await peer.promise(2 * NEXT, peer.store);
      await peer.lead(2 * NEXT);
      await takeAll(peer, ['of a later epoch'], LATER);
    };
    await expect(adopted(log, peer, link, 100)).rejects.toMatchObject({ code: 'PEER_REFUSED' });
    expect(await textsIn(log)).not.toContain('of a later epoch');
  });

  it('gives up where the peer refuses', async () => {
    const { log, peer } = await forked(3, 0, 2);
    const link = new RecordsLink(peer);
    link.records = (request) =>
      Promise.resolve({ outcome: request.recordsMax === 0 ? 'accepted' : 'diverged', records: [] });
    await expect(adopted(log, peer, link)).rejects.toMatchObject({ code: 'PEER_REFUSED' });
  });
});
