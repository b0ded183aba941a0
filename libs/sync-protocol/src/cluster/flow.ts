import type { OrderedLog } from '@hooklog/ordered-log';
import { backoffMs } from '../backoff';
import type { ClusterLogger } from './cluster-logger';
import type { Failure } from './failure';
import type { ClusterLimits } from './limits';
import type { PeerLink, Ports } from './ports';

/** The node at the other end of a flow. */
export interface FlowPeer {
  readonly node: string;
  /** 16 hex digits */
  readonly store: string;
  readonly url: string;
}

/** What the flows between this leader and one member share. */
export interface FlowContext {
  readonly log: OrderedLog;
  /** This node, as the member is told of it. */
  readonly self: { readonly node: string; readonly url: string };
  readonly epoch: number;
  readonly member: FlowPeer;
  readonly link: PeerLink;
  readonly limits: ClusterLimits;
  readonly logger: ClusterLogger;
  readonly ports: Ports;
  readonly stop: AbortSignal;
  /** In front of every page that is appended. Rejects while this node must not write. */
  readonly admit?: () => Promise<void>;
}

/** How one flow does: the failure that lasts now, if any. Operators are told when it changes, not per try. */
export class FlowState {
  private current: Failure | null = null;
  private failures = 0;

  constructor(
    private readonly context: Pick<FlowContext, 'member' | 'logger' | 'limits'> & {
      readonly ports: Pick<Ports, 'random'>;
    },
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
    return backoffMs(this.failures, this.context.ports.random(), this.context.limits);
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
    case 'SIGNATURE_MISSING':
    case 'SIGNATURE_WRONG':
    case 'PEER_REFUSED':
      return 'It answers but refuses: check that both nodes have the same CLUSTER_SECRET, then its own log';
    case 'CLOCK_SKEW':
      return 'One of the two clocks is wrong: set it, nothing goes on before that';
    case 'PEER_NOT_ALLOWED':
      return 'It is at an address that PEER_ALLOW does not have: add it if the node is yours, else find out who has the secret';
    case 'DIVERGED':
      return 'Its log is another one, and committed there: nothing is overwritten, compare both and wipe the wrong one';
    case 'OTHER_LOG':
      return 'It has the log of another master: give it the right MASTER_URL, or an empty DATA_DIR; what it holds as pending is taken';
    case 'FENCED':
      return 'It has promised a later epoch to a node that did not begin it: promote a node to go on';
    case 'STALE_EPOCH':
      return 'It follows a newer master: this node follows that one, too';
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
