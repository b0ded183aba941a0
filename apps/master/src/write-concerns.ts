import assert from 'node:assert';
import type { Replication } from '@hooklog/http-peer';
import { RequestError, type WriteConcerns } from '@hooklog/service';

/** What a master promises: its members' acknowledgements. */
export function masterConcerns(replication: Replication): WriteConcerns {
  return {
    admit(concern) {
      if (!replication.reachable(concern)) {
        throw new RequestError(
          'CONCERN_UNREACHABLE',
          `wc=${concern} needs more nodes than are HEALTHY now, so nothing was stored: GET /secondaries tells which are away.`,
        );
      }
      if (replication.crowded)
        throw new RequestError(
          'OVERLOADED',
          'Too many requests wait for a write concern. Send it again later.',
        );
    },
    async wait({ sequence }, concern, timeoutMs, signal) {
      assert(sequence !== null, 'a master gives every entry its sequence');
      return { ...(await replication.replicated(sequence, concern, timeoutMs, signal)), sequence };
    },
  };
}
