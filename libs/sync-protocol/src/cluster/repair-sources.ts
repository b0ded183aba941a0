import { comparePositions, type Member, type OrderedLog, type Position } from '@hooklog/ordered-log';
import type { Leader } from './leader';

/**
 * Who has this very log at a place: the master; its followers as far as they acknowledged; all for what is committed.
 * @param leader of this log, where this node is the master
 */
export function repairSources(log: OrderedLog, leader: Leader | undefined, at: Position): readonly Member[] {
  const others = log.members.filter(({ store }) => store !== log.store);
  if (comparePositions(at, log.committed) < 0) return others;
  if (leader === undefined) return others.filter(({ store }) => store === log.writer?.store);
  return others.filter(({ node }) => {
    const acknowledged = leader.secondary(node)?.acknowledged ?? null;
    return acknowledged !== null && comparePositions(acknowledged, at) > 0;
  });
}
