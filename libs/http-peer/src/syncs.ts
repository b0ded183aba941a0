import { type FlowPeer, type Leader, SyncError } from '@hooklog/sync-protocol';
import { MemberSync, type MemberSyncOptions } from './member-sync';
import type { SyncReport } from './status';

export interface SyncSchedule {
  /** false: only `triggerSync` compares */
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** younger entries are left to the next run */
  readonly settleMs: number;
}

export interface SyncsOptions extends Omit<MemberSyncOptions, 'member' | 'held' | 'intervalMs' | 'settleMs'> {
  readonly sync: SyncSchedule;
  /** What this node leads now; undefined on a slave, and at stop. */
  readonly leader: () => Leader | undefined;
}

/** The comparisons of a master: one for each other member, while this node leads. */
export class Syncs {
  private readonly syncs = new Map<string, MemberSync>();
  private leader: Leader | undefined;
  private adapting: Promise<void> = Promise.resolve();

  constructor(private readonly options: SyncsOptions) {}

  of(node: string): MemberSync | undefined {
    return this.syncs.get(node);
  }

  /**
   * The role or the members may be others now. Resolves when what has to end has ended; never rejects.
   * One change at a time.
   */
  adapt(): Promise<void> {
    this.adapting = this.adapting.then(() => this.change());
    return this.adapting;
  }

  /** @throws SyncError `NOT_LEADING` */
  async run(settleMs: number): Promise<SyncReport[]> {
    await this.adapting;
    if (this.leader === undefined)
      throw new SyncError('NOT_LEADING', 'this node is a slave: the master compares');
    return Promise.all([...this.syncs.values()].map((sync) => sync.run(settleMs)));
  }

  private async change(): Promise<void> {
    const leader = this.options.leader();
    const members = leader?.others.map(({ member }) => member) ?? [];
    const isKept = ({ member }: MemberSync): boolean =>
      leader === this.leader && members.some((each) => isSame(each, member));
    const gone = [...this.syncs.values()].filter((sync) => !isKept(sync));
    for (const { member } of gone) this.syncs.delete(member.node);
    this.leader = leader;
    await Promise.all(gone.map((sync) => sync.stop()));
    if (leader === undefined) return;
    for (const member of members) {
      if (this.syncs.has(member.node)) continue;
      this.syncs.set(member.node, this.start(member, leader));
    }
  }

  private start(member: FlowPeer, leader: Leader): MemberSync {
    const { sync, ...options } = this.options;
    const { enabled, intervalMs, settleMs } = sync;
    const held = (): number => leader.secondary(member.node)?.held ?? 0;
    return MemberSync.start({
      ...options,
      intervalMs: enabled ? intervalMs : undefined,
      settleMs,
      member,
      held,
    });
  }
}

function isSame(a: FlowPeer, b: FlowPeer): boolean {
  return a.node === b.node && a.store === b.store && a.url === b.url;
}
