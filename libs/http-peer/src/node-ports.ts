import type { Ports } from '@hooklog/sync-protocol';
import { HttpLink } from './http-link';
import type { PeerLimits } from './limits';
import type { PeerAccess } from './peer-access';
import { PeerClient } from './peer-client';
import { after } from './timer';

export interface NodePortsOptions {
  /** name of this node */
  readonly self: string;
  /** ms since the epoch */
  readonly now: () => number;
  /** in [0, 1) */
  readonly random: () => number;
  readonly access: PeerAccess;
  readonly limits: PeerLimits;
}

/** Time, chance and the way to other nodes, as a process has them. */
export function nodePorts({ self, now, random, access, limits }: NodePortsOptions): Ports {
  return {
    now,
    random,
    elapsed: () => performance.now(),
    after,
    defer: (run) => void setImmediate(run),
    connect: ({ url }) => new HttpLink(new PeerClient({ self, url, access, limits }), limits),
  };
}
