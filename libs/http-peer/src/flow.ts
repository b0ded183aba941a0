import type { OrderedLog } from '@hooklog/ordered-log';
import { backoffMs, type Member } from '@hooklog/sync-protocol';
import type { Failure } from './failure';
import type { PeerLimits } from './limits';
import type { PeerClient } from './peer-client';
import type { PeerLogger } from './peer-logger';

/** What the three flows of one member share. */
export interface FlowContext {
  readonly log: OrderedLog;
  readonly member: Member;
  readonly client: PeerClient;
  readonly limits: PeerLimits;
  readonly logger: PeerLogger;
  readonly now: () => number;
  readonly random: () => number;
  readonly stop: AbortSignal;
  readonly admit?: () => Promise<void>;
}

/** How one flow does: the failure that lasts now, if any. Operators are told when it changes, not per try. */
export class FlowState {
  private current: Failure | null = null;
  private failures = 0;

  constructor(
    private readonly context: FlowContext,
    private readonly name: 'follow' | 'collect' | 'sync',
  ) {}

  get failure(): Failure | null {
    return this.current;
  }

  recovered(): void {
    this.failures = 0;
    if (!this.current) return;
    this.current = null;
    this.context.logger.info(this.fields(), `${this.name}: ${this.context.member.node} is well again`);
  }

  /** @returns pause before the next try, ms */
  failed(failure: Failure): number {
    this.failures += 1;
    if (this.current?.code !== failure.code) this.tell(failure);
    this.current = failure;
    return backoffMs(this.failures, this.context.random(), this.context.limits);
  }

  private tell({ code, message }: Failure): void {
    const line = `${this.name}: ${this.context.member.node} fails with ${code}. ${nextOf(code)}`;
    this.context.logger.warn({ ...this.fields(), code, reason: message }, line);
  }

  private fields(): object {
    const { node, url, store } = this.context.member;
    return { peer: node, url, store };
  }
}

function nextOf(code: string): string {
  switch (code) {
    case 'PEER_UNREACHABLE':
      return 'It is tried again until it answers; nothing is lost meanwhile';
    case 'STORE_CHANGED':
      return 'Its disk is another one: waiting for it to register the new store';
    case 'PEER_REFUSED':
      return 'It answers but refuses: check that both nodes have the same CLUSTER_SECRET, then its own log';
    case 'DIVERGED':
      return 'It has a history that this log does not have: nothing is overwritten, compare both and wipe the wrong one';
    case 'STALE_EPOCH':
      return 'It follows a newer master: stop this one, or restore its disk';
    case 'DAMAGED':
      return 'The log of this node is damaged, not the slave: stop this node and restore it from a slave or a backup';
    case 'DISK_FULL':
    case 'STORE_FAILED':
    case 'OVERLOADED':
      return 'A disk does not keep up or refuses: look at the space and the health of the disk, it goes on by itself';
    default:
      return 'It is tried again; what was stored stays';
  }
}
