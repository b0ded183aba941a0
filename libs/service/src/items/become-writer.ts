import type { OrderedLog } from '@hooklog/ordered-log';
import { RequestError } from '../problem/request-error';

/**
 * Lets this node give the sequences of its own log, so that what is appended is shown at once. Call it in front of
 * each write: what it refuses can begin at any time.
 * @throws RequestError IN_CLUSTER where a cluster gives them: two orders of one log would be two logs; what `lead` throws
 */
export async function becomeWriter(log: OrderedLog): Promise<void> {
  if (isInCluster(log)) throw inCluster();
  if (!log.leading) await log.lead();
}

export function inCluster(): RequestError {
  return new RequestError(
    'IN_CLUSTER',
    'This node belongs to a cluster, whose master gives the order: use a node with an empty DATA_DIR and another MASTER_URL.',
  );
}

function isInCluster({ members, writer, promised, store }: OrderedLog): boolean {
  const hasOther = writer !== undefined && writer.store !== store;
  const listensToOther = promised.epoch > 0 && promised.to !== store;
  const hasMembers = members.some((member) => member.store !== store);
  return hasOther || listensToOther || hasMembers;
}
