import { comparePositions } from '@hooklog/ordered-log';
import type { Machine } from '../cluster/machine';
import { text } from './store-copy';

/** Why the nodes are not equal yet; undefined: they are, and nothing is left to do. */
export function differenceOf(machines: readonly Machine[]): string | undefined {
  const masters = machines.filter(({ process }) => process?.cluster?.role === 'master');
  if (masters.length !== 1) return `${masters.length} nodes lead`;
  const { log: leader, cluster } = masters[0]!.process!;
  if (leader === undefined || !cluster?.leader?.committedOwn) return `${masters[0]!.name} has no majority`;
  if (comparePositions(leader.committed, leader.tail.position) < 0)
    return `${text(leader.committed)} of ${text(leader.tail.position)} is committed`;
  for (const { name, process } of machines) {
    const log = process?.log;
    if (process?.server === undefined || log === undefined) return `${name} is down`;
    if (!log.tail.chain.equals(leader.tail.chain)) return `${name} ends at ${text(log.tail.position)}`;
    if (log.pendingEntries > 0) return `${name} has ${log.pendingEntries} pending entries`;
    if (comparePositions(log.committed, leader.committed) < 0)
      return `${name} has committed ${text(log.committed)}`;
    if (!leader.members.some((member) => member.store === log.store && member.voting))
      return `${name} does not count`;
  }
  return leader.members.length === machines.length ? undefined : 'there are other members';
}
