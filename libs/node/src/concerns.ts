import { after, type Replication } from '@hooklog/http-peer';
import type { Appended, OrderedLog } from '@hooklog/ordered-log';
import { type Replicated, RequestError, type WriteConcerns } from '@hooklog/service';
import { type Leaving, refuseTooLarge, requiredOf, Waiting, type WriteConcern } from '@hooklog/sync-protocol';
import { NamedWaits } from './named-waits';
import type { MasterKnowledge } from './not-master';

export interface ConcernsOptions {
  readonly log: OrderedLog;
  readonly replication: Replication;
  readonly knowledge: MasterKnowledge;
}

/**
 * What a node promises, by its role when it is asked. A master: its members' acknowledgements. A slave: once a
 * master's log names the entry here that master has it, and so has this node; who else has it only the master knows.
 */
export class RoleConcerns implements WriteConcerns {
  private readonly named: NamedWaits;

  constructor(private readonly options: ConcernsOptions) {
    this.named = new NamedWaits({ ...options, writes: () => this.writes });
  }

  admit(concern: WriteConcern): void {
    const { replication, knowledge } = this.options;
    if (knowledge.isMaster()) return admitAsMaster(replication, concern);
    if (this.isAlone) return refuseTooLarge(concern, 1);
    if (concern !== 2) throw onlyMaster(knowledge, concern);
    if (this.named.full)
      throw new RequestError('OVERLOADED', 'Too many requests wait for the master. Send it again later.');
  }

  wait(appended: Appended, concern: WriteConcern, timeoutMs: number, client: Leaving): Promise<Replicated> {
    if (appended.sequence !== null && this.writes)
      return this.asWriter(appended.sequence, concern, timeoutMs, client);
    return this.asFollower(appended, concern, timeoutMs, client);
  }

  /** Until a master has named it; if that is this node meanwhile, for the rest of the time as it. */
  private async asFollower(
    appended: Appended,
    concern: WriteConcern,
    timeoutMs: number,
    client: Leaving,
  ): Promise<Replicated> {
    const endsAt = performance.now() + timeoutMs;
    const time = new Waiting(client, after).expireIn(timeoutMs);
    try {
      const sequence = await this.named.until(appended.key, time.signal);
      const leftMs = Math.max(0, endsAt - performance.now());
      if (sequence !== null && this.writes) return await this.asWriter(sequence, concern, leftMs, client);
      return this.asSlave(appended, sequence, concern);
    } finally {
      time.release();
    }
  }

  private get writes(): boolean {
    return this.options.knowledge.isMaster() || this.isAlone;
  }

  /** This node gives its own sequences without being a master: there is nobody else. */
  private get isAlone(): boolean {
    const { leading, members, store } = this.options.log;
    return leading && !members.some((member) => member.store !== store);
  }

  private async asWriter(
    sequence: number,
    concern: WriteConcern,
    timeoutMs: number,
    client: Leaving,
  ): Promise<Replicated> {
    const { replication, knowledge } = this.options;
    if (!knowledge.isMaster()) {
      const required = requiredOf(concern, 1);
      return { sequence, acknowledged: 1, required, met: required <= 1 };
    }
    const state = await replication.replicated(sequence, concern, timeoutMs, client);
    const { acknowledged, required, met, deposed } = state;
    return { sequence, acknowledged, required, met, deposed };
  }

  private asSlave(appended: Appended, named: number | null, concern: WriteConcern): Replicated {
    const voters = this.options.log.members.filter(({ voting }) => voting).length;
    const required = requiredOf(concern, voters);
    const acknowledged = named === null ? 1 : 2;
    // else it was given as a copy of what the log has
    const wasGivenHere = appended.sequence !== null && !appended.duplicate;
    return {
      sequence: named ?? appended.sequence,
      acknowledged,
      required,
      met: named !== null && required <= acknowledged,
      deposed: wasGivenHere,
    };
  }
}

function admitAsMaster(replication: Replication, concern: WriteConcern): void {
  if (!replication.reachable(concern)) {
    throw new RequestError(
      'CONCERN_UNREACHABLE',
      `wc=${concern} needs more nodes than are HEALTHY now, so nothing was stored: GET /secondaries tells which are away.`,
    );
  }
  if (replication.crowded)
    throw new RequestError('OVERLOADED', 'Too many requests wait for a write concern. Send it again later.');
}

function onlyMaster({ masterUrl }: MasterKnowledge, concern: WriteConcern): RequestError {
  const master = masterUrl();
  const then = master === undefined ? 'ask the master, which is not known here' : `ask ${master}`;
  const detail = `A slave promises wc=1 and wc=2. For wc=${concern} ${then}.`;
  return new RequestError('NOT_MASTER', detail, { members: { master } });
}
