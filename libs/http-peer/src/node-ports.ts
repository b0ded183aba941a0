import type { Ports } from '@hooklog/sync-protocol';
import { HttpLink } from './http-link';
import type { PeerLimits } from './limits';
import { PeerClient } from './peer-client';
import { after } from './timer';

export interface NodePortsOptions {
  /** name of this node */
  readonly self: string;
  /** ms since the epoch */
  readonly now: () => number;
  /** in [0, 1) */
  readonly random: () => number;
  /** of nodes */
  readonly token: string;
  readonly limits: PeerLimits;
}

/** Time, chance and the way to other nodes, as a process has them. */
export function nodePorts({ self, now, random, token, limits }: NodePortsOptions): Ports {
  return {
    now,
    random,
    elapsed: () => performance.now(),
    after,
    connect: ({ url }) => new HttpLink(new PeerClient({ self, url, token, limits }), limits),
  };
}
