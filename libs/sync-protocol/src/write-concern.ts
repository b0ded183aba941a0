import { SyncError } from './sync-error';

/** How many voting members must have an entry durably before it is answered, the master included. */
export type WriteConcern = number | 'majority' | 'all';

/** What is known of one entry: on how many voting members it is durable, and how many it needs. */
export interface ReplicationState {
  readonly acknowledged: number;
  readonly required: number;
  readonly met: boolean;
}

/** Durable where it was taken, and nothing more. */
export const LOCAL_CONCERN: WriteConcern = 1;

const COUNT = /^[1-9]\d{0,8}$/;

/** @throws SyncError `INVALID_CONCERN` */
export function parseConcern(text: string): WriteConcern {
  if (text === 'majority' || text === 'all') return text;
  if (COUNT.test(text)) return Number(text);
  throw new SyncError('INVALID_CONCERN', 'wc must be a number from 1 on, majority or all');
}

/**
 * Counted over all voters, reachable or not: a concern that followed the living would promise least when
 * most is broken.
 * @param voters voting members, the master included: a slave is one once it has caught up
 */
export function requiredOf(concern: WriteConcern, voters: number): number {
  if (concern === 'all') return voters;
  return concern === 'majority' ? Math.floor(voters / 2) + 1 : concern;
}

/** @throws SyncError `CONCERN_TOO_LARGE`: no wait would ever meet it */
export function refuseTooLarge(concern: WriteConcern, voters: number): void {
  const required = requiredOf(concern, voters);
  if (required <= voters) return;
  throw new SyncError(
    'CONCERN_TOO_LARGE',
    `wc=${required} asks for more voting members than there are: ${voters} with the master`,
  );
}

/** What the voting members have at one moment. The master, whose log is asked about, has all of it. */
export class Acknowledgements {
  private readonly held: readonly number[];

  /**
   * @param held of each slave: the last sequence that is durable there and equal to this log; 0: none
   * @param committed the last sequence that no later master can lack; a count alone does not say so of an earlier term
   */
  constructor(
    held: readonly number[],
    private readonly committed = Infinity,
  ) {
    this.held = [...held].sort((a, b) => b - a);
  }

  get voters(): number {
    return this.held.length + 1;
  }

  /** The last sequence that the concern is met for; Infinity: the master alone is enough. */
  reach(concern: WriteConcern): number {
    if (concern === 1) return Infinity;
    const required = requiredOf(concern, this.voters);
    const held = required <= 1 ? Infinity : (this.held[required - 2] ?? 0);
    return Math.min(held, this.isQuorum(required) ? this.committed : Infinity);
  }

  of(sequence: number, concern: WriteConcern): ReplicationState {
    const acknowledged = 1 + this.held.filter((held) => held >= sequence).length;
    const required = requiredOf(concern, this.voters);
    return { acknowledged, required, met: sequence <= this.reach(concern) };
  }

  private isQuorum(required: number): boolean {
    return required >= requiredOf('majority', this.voters);
  }
}
