import { delivery } from './deliveries';
import { Journal, sha256 } from './journal';
import { type NodeLog } from './read-back';
import { judge, type Verdict } from './verdict';

const ONE = delivery('{"a":1}', 'master');
const TWO = delivery('{"b":2}', 'slave-1');

/** What a client knows after both were answered. */
function journalOfBoth(): Journal {
  const journal = new Journal();
  for (const each of [ONE, TWO]) {
    const id = `00000001${each.checksum}`;
    journal.sending(each);
    journal.received(each, each.node, { id, key: id, digest: each.digest, sequence: 1, duplicate: false });
  }
  return journal;
}

function logOf(node: string, bodies: readonly string[], chain = bodies.join()): NodeLog {
  const byDigest = new Map<string, { count: number; spelling: string }>();
  for (const body of bodies) byDigest.set(delivery(body, node).digest, { count: 1, spelling: sha256(body) });
  return { node, entries: bodies.length, chain, byDigest, faults: [] };
}

const BOTH = [ONE.body, TWO.body];
const judged = (slave: NodeLog): Verdict => judge(journalOfBoth(), [logOf('master', BOTH), slave]);

describe('the verdict', () => {
  it('passes when every node tells what was sent, once, in one order', () => {
    expect(judged(logOf('slave-1', BOTH))).toMatchObject({
      passed: true,
      lost: 0,
      doubled: 0,
      orderEqual: true,
      faults: [],
    });
  });

  it('finds an answered entry that one node lacks', () => {
    expect(judged(logOf('slave-1', [ONE.body]))).toMatchObject({ passed: false, lost: 1 });
  });

  it('forgives the lack of an entry that was never answered', () => {
    const journal = journalOfBoth();
    journal.sending(delivery('{"c":3}', 'master'));
    expect(judge(journal, [logOf('master', BOTH)])).toMatchObject({ passed: true, distinct: 3, lost: 0 });
  });

  it('finds an entry that is there twice', () => {
    expect(judged(logOf('slave-1', [...BOTH, ONE.body]))).toMatchObject({ passed: false, doubled: 1 });
  });

  it('finds another order', () => {
    expect(judged(logOf('slave-1', BOTH.toReversed()))).toMatchObject({ passed: false, orderEqual: false });
  });

  it('finds an entry that nobody sent, and a body that was spelled anew', () => {
    expect(judged(logOf('slave-1', [...BOTH, '{"z":0}'])).faults.join()).toContain('never sent');
    expect(judged(logOf('slave-1', [ONE.body, '{ "b": 2 }'])).faults.join()).toContain(
      'in bytes that were never sent',
    );
  });

  it('finds an answer that names the bytes wrongly', () => {
    const journal = journalOfBoth();
    const id = `00000001${TWO.checksum}`;
    journal.received(ONE, 'master', { id, key: id, digest: ONE.digest, sequence: 1, duplicate: false });
    expect(judge(journal, [logOf('master', BOTH)]).passed).toBe(false);
  });
});
