import { type Journal, type Sent } from './journal';
import { type NodeLog } from './read-back';

export interface Verdict {
  readonly sent: number;
  /** different events (digests) among what was sent */
  readonly distinct: number;
  readonly answered: number;
  readonly unanswered: number;
  readonly retries: number;
  /** entries in each node's log */
  readonly stored: Readonly<Record<string, number>>;
  /** answered as a duplicate at once; answered as new, and found by the master to be one that it has */
  readonly recognised: { readonly atOnce: number; readonly byMaster: number };
  /** answered events that a node's log does not have, summed over the nodes */
  readonly lost: number;
  /** entries beyond the first of their event, summed over the nodes */
  readonly doubled: number;
  readonly orderEqual: boolean;
  /** anything else that must not be: unsent entries, altered bytes, holes, wrong names */
  readonly faults: readonly string[];
  readonly passed: boolean;
}

/** Compares what the nodes tell with what the client sent and was promised. */
export function judge(journal: Journal, logs: readonly NodeLog[]): Verdict {
  const events = [...journal.sent];
  const lost = sum(logs.map((log) => events.filter(([digest, sent]) => isLost(digest, sent, log)).length));
  const doubled = sum(logs.map((log) => log.entries - log.byDigest.size));
  const orderEqual = new Set(logs.map(({ chain }) => chain)).size === 1;
  const faults = [...journal.wrong, ...logs.flatMap((log) => [...log.faults, ...foreign(journal, log)])];
  return {
    sent: journal.deliveries,
    distinct: journal.sent.size,
    answered: journal.answered,
    unanswered: journal.unanswered,
    retries: journal.retries,
    stored: Object.fromEntries(logs.map((log) => [log.node, log.entries])),
    recognised: recognised(events.map(([, sent]) => sent)),
    lost,
    doubled,
    orderEqual,
    faults,
    passed: lost === 0 && doubled === 0 && orderEqual && faults.length === 0,
  };
}

function isLost(digest: string, sent: Sent, log: NodeLog): boolean {
  return sent.receipts.length > 0 && !log.byDigest.has(digest);
}

/** Entries that nobody sent, or not in these bytes. */
function foreign(journal: Journal, log: NodeLog): string[] {
  const faults: string[] = [];
  for (const [digest, { spelling }] of log.byDigest) {
    const sent = journal.sent.get(digest);
    if (!sent) faults.push(`${log.node} has ${digest}, which was never sent`);
    else if (!sent.spellings.has(spelling))
      faults.push(`${log.node} has ${digest} in bytes that were never sent`);
  }
  return faults;
}

function recognised(sent: readonly Sent[]): Verdict['recognised'] {
  const asNew = sent.map(({ receipts }) => receipts.filter(({ duplicate }) => !duplicate).length);
  const all = sum(sent.map(({ receipts }) => receipts.length));
  return { atOnce: all - sum(asNew), byMaster: sum(asNew.map((count) => Math.max(0, count - 1))) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
