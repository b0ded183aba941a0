import { type EntryKey, identify } from '@hooklog/object-id';
import { LogError, type OrderedLog } from '@hooklog/ordered-log';
import { type ClusterNode, requiredOf, SyncError, type WriteConcern } from '@hooklog/sync-protocol';
import type { StoreCopy } from '../checks/store-copy';
import type { Machine } from './machine';
import type { Process } from './process';

/** A node that does not lead looks for the commit of an entry so often. */
const LOOK_MS = 50;

export interface Delivery {
  readonly body: Buffer;
  readonly eventId?: string;
  readonly concern: WriteConcern;
  readonly timeoutMs: number;
}

/**
 * `stored`: the concern is met; `waiting`: the entry is stored, the concern was not met in time; `refused`: nothing was
 * stored.
 */
export type Answer =
  | { readonly outcome: 'refused'; readonly code: string }
  | {
      readonly outcome: 'stored' | 'waiting';
      /** 36 bytes as latin1 */
      readonly key: string;
      readonly sequence: number | null;
      readonly duplicate: boolean;
      /** a majority has it */
      readonly quorum: boolean;
      /** whoever had it durably when the answer was given */
      readonly holders: readonly StoreCopy[];
    };

interface Met {
  readonly sequence: number | null;
  readonly met: boolean;
  readonly required: number;
  readonly quorum: boolean;
}

/**
 * Takes webhooks as the route of a real node does. But a slave waits for any concern up to a majority, where that
 * knows of two disks only.
 */
export class Reception {
  constructor(
    private readonly machine: Machine,
    private readonly process: Process,
    private readonly log: OrderedLog,
    private readonly cluster: ClusterNode,
  ) {}

  /** @throws what makes the outcome unknown to the client */
  async take(delivery: Delivery): Promise<Answer> {
    const { machine, log } = this;
    const refusal = this.#refusal(delivery.concern);
    if (refusal !== undefined) return { outcome: 'refused', code: refusal };
    const appended = await this.#append(delivery);
    if (appended === undefined) return { outcome: 'refused', code: 'OVERLOADED' };
    const met = await this.#wait(appended, delivery);
    const key = appended.key.toString('latin1');
    const { sequence, quorum, required } = met;
    const { duplicate } = appended;
    const told = { key, sequence, duplicate, quorum };
    if (!met.met) return { outcome: 'waiting', ...told, quorum: false, holders: [] };
    let holders: readonly StoreCopy[] = [];
    machine.checked(
      () => (holders = machine.observer.onTaken(log.node, { key, sequence, required, quorum })),
    );
    return { outcome: 'stored', ...told, holders };
  }

  async #append({ body, eventId }: Delivery): Promise<Awaited<ReturnType<OrderedLog['append']>> | undefined> {
    const { log, machine } = this;
    const receivedAt = log.receivedAt(machine.clock.now());
    const named = eventId === undefined ? {} : { source: 'simulation', eventId };
    const { key, digest } = identify(body, receivedAt, named);
    try {
      return await log.append({ key, digest, receivedAt, kind: 'json', headers: [], body, ...named });
    } catch (error) {
      if (error instanceof LogError && error.code === 'OVERLOADED') return undefined;
      throw error;
    }
  }

  /** Before anything is stored: a concern that cannot be met now is refused. */
  #refusal(concern: WriteConcern): string | undefined {
    if (concern === 1) return undefined;
    if (this.cluster.role === 'slave')
      return concern !== 'all' && requiredOf(concern, this.#voters) <= this.#majority
        ? undefined
        : 'NOT_MASTER';
    try {
      return this.cluster.reachable(concern) ? undefined : 'CONCERN_UNREACHABLE';
    } catch (error) {
      if (error instanceof SyncError) return error.code;
      throw error;
    }
  }

  async #wait(
    { key, sequence }: { readonly key: EntryKey; readonly sequence: number | null },
    { concern, timeoutMs }: Delivery,
  ): Promise<Met> {
    if (concern === 1) return { sequence, met: true, required: 1, quorum: false };
    if (this.cluster.role === 'slave') return this.#named(key, concern, timeoutMs);
    if (sequence === null) return { sequence, met: false, required: 2, quorum: false };
    const { met, required } = await this.cluster.replicated(sequence, concern, timeoutMs);
    return { sequence, met, required, quorum: required >= this.#majority };
  }

  async #sequenceOf(key: EntryKey): Promise<number | null> {
    const [entry] = await this.log.find(key);
    return entry?.sequence ?? null;
  }

  get #voters(): number {
    return this.cluster.members.filter(({ voting }) => voting).length;
  }

  get #majority(): number {
    return requiredOf('majority', this.#voters);
  }

  /** A node that does not lead knows what the master has, and what a majority has. */
  async #named(key: EntryKey, concern: WriteConcern, timeoutMs: number): Promise<Met> {
    const { log, process } = this;
    let over = false;
    const callOff = process.after(timeoutMs, () => (over = true));
    for (let seen = ''; ;) {
      // before the look at the entry: what is committed stays where it is, what is not may be cut meanwhile
      const { committed, tail } = log;
      const { epoch } = tail;
      const now = `${committed.sequence} ${tail.chain.toString('latin1')}`;
      const sequence = now !== seen || over ? await this.#sequenceOf(key) : null;
      seen = now;
      const quorum = sequence !== null && sequence <= committed.sequence;
      // the same master's log before and after the look: what this node itself wrote meanwhile is nowhere else
      const inWordsOfAnother = log.tail.epoch === epoch && !log.leading && log.writer?.store !== log.store;
      const met = quorum || (sequence !== null && concern === 2 && inWordsOfAnother);
      if (met) callOff();
      // a majority of whichever members there were when it was committed
      if (met || over) return { sequence, met, required: quorum ? 1 : 2, quorum };
      await new Promise<void>((resolve) => process.after(LOOK_MS, resolve));
    }
  }
}
