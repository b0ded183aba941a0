import { replicate, webhook } from './conformance/webhooks';
import { nextTerm } from './epoch';
import { OrderedLog } from './index';
import { emptyMemory } from './testing/memory';

const TERM = nextTerm(0)!;

const open = (newStoreId: string, limits = {}): Promise<OrderedLog> =>
  OrderedLog.open({ node: 'n', newStoreId, log: emptyMemory(), index: emptyMemory(), limits });

it('a walk ends where another history has taken the place of what it had read', async () => {
  const [old, rival] = [await open('00000000000000aa'), await open('00000000000000bb')];
  // an epoch and two entries: a page ends in front of the last record, which is none of an entry
  const log = await open('00000000000000cc', { pageEntriesMax: 3 });
  const epoch = await old.lead();
  await old.append(webhook(1));
  await replicate(old, rival);
  await old.append(webhook(2));
  await old.nameMembers([{ node: 'n', store: old.store, url: 'http://n', voting: true }], epoch);
  await replicate(old, log);
  const walk = log.entries(0)[Symbol.asyncIterator]();
  expect(await walk.next()).toMatchObject({ value: { sequence: 1 } });
  expect(await walk.next()).toMatchObject({ value: { sequence: 2 } });
  await rival.promise(TERM, rival.store);
  await rival.lead(TERM);
  for (const name of ['x', 'y']) await rival.append(webhook(name));
  await log.cut({ after: { sequence: 1, n: 0 }, epoch: TERM });
  await replicate(rival, log);
  expect(log.tail.position).toEqual({ sequence: 3, n: 0 });
  expect(await walk.next()).toMatchObject({ done: true });
  await Promise.all([old, rival, log].map((each) => each.close()));
});
