import { comparePositions, type Member, type Position, termOf } from '@hooklog/ordered-log';
import type { AppendAnswer, AppendRequest, PromiseAnswer, PromiseRequest } from '@hooklog/sync-protocol';
import type { Change, Row } from '../disk/rows';
import type { Trace } from '../world/trace';
import { CommittedLog } from './committed-log';
import { HistoryOfRecords, type WasSent } from './history-of-records';
import { StoreCopy, text } from './store-copy';
import { hold } from './violation';

export interface Taken {
  readonly key: string;
  readonly sequence: number | null;
  /** nodes that have to have it */
  readonly required: number;
  /** whether they are a majority: then no later master can lack it */
  readonly quorum: boolean;
}

/** Sees everything that disks take and nodes say, and knows what must never be. All methods throw Violation. */
export class Observer {
  readonly committed = new CommittedLog();
  readonly history: HistoryOfRecords;
  /** Of each node, as its disk is now. */
  readonly #current = new Map<string, StoreCopy>();
  readonly #stores: StoreCopy[] = [];

  constructor(
    wasSent: WasSent,
    private readonly trace: Trace,
  ) {
    this.history = new HistoryOfRecords(wasSent);
  }

  copyOf(node: string): StoreCopy {
    return this.#current.get(node)!;
  }

  onNewDisk(node: string): void {
    const copy = new StoreCopy(node);
    this.#current.set(node, copy);
    this.#stores.push(copy);
  }

  onWritten(node: string, changes: readonly Change[]): void {
    const copy = this.copyOf(node);
    const promised = copy.promised.epoch;
    const { cut, added } = copy.apply(changes);
    this.committed.onCut(copy, cut);
    for (const record of added) this.history.onAdded(copy, record, promised);
    if (added.length > 0) this.trace.mixBytes(Buffer.from(added.at(-1)!.chain, 'latin1'));
    if (cut.length > 0) this.trace.note(node, () => `cut ${cut.length} records, to ${text(copy.end)}`);
    if (added.length > 0)
      this.trace.note(node, () => `stored ${added.map(({ position }) => text(position)).join(' ')}`);
  }

  /** After a crash: what the disk has now. */
  onFound(node: string, rows: readonly Row[]): void {
    this.copyOf(node).reload(rows);
  }

  /**
   * A node takes everything up to here for committed, by these members.
   * @param inDoubt its disk may have more than it knows
   */
  onCommit(node: string, position: Position, members: readonly Member[], inDoubt: boolean): void {
    const copy = this.copyOf(node);
    if (comparePositions(position, this.committed.end) <= 0) return this.committed.claim(copy, position);
    this.trace.note(node, () => `commits ${text(position)}`);
    this.committed.claim(copy, position);
    this.#proveMajority(copy, position, members, inDoubt);
  }

  onAppendAnswer(node: string, request: AppendRequest, answer: AppendAnswer): void {
    if (answer.outcome !== 'accepted') return;
    const copy = this.copyOf(node);
    const { verified } = answer;
    const sent = request.records.find(({ position }) => comparePositions(position, verified) === 0);
    const chain = sent
      ? sent.frame.toString('latin1', sent.frame.length - 20, sent.frame.length - 4)
      : undefined;
    const asked =
      comparePositions(verified, request.previous) === 0 ? request.previousChain.toString('latin1') : chain;
    hold(
      asked !== undefined && asked === copy.chainAt(verified),
      'DURABLE-ACK',
      () => `${node} acknowledged ${text(verified)}, which its disk does not have`,
    );
    hold(
      comparePositions(answer.durable, copy.end) <= 0,
      'DURABLE-ACK',
      () => `${node} called ${text(answer.durable)} durable, but its disk ends at ${text(copy.end)}`,
    );
    const fence = copy.fenceOf(request.epoch);
    hold(
      fence === undefined || comparePositions(verified, fence.end) <= 0,
      'EPOCH-FENCED',
      () =>
        `${node} acknowledged ${text(verified)} of epoch ${request.epoch} after it had promised ${fence!.epoch}`,
    );
  }

  onPromiseAnswer(node: string, request: PromiseRequest, answer: PromiseAnswer): void {
    if (!answer.granted || request.dry) return;
    const { promised, end } = this.copyOf(node);
    const kept =
      promised.epoch > request.epoch ||
      (promised.epoch === request.epoch && promised.to === request.candidate);
    hold(
      kept,
      'PROMISE-DURABLE',
      () =>
        `${node} granted ${request.epoch}, but its disk has the promise ${promised.epoch} to ${promised.to}`,
    );
    hold(
      comparePositions(answer.position, end) <= 0,
      'PROMISE-DURABLE',
      () => `${node} named ${text(answer.position)} as its end, but its disk ends at ${text(end)}`,
    );
    this.copyOf(node).fenceAt(request.epoch, answer.position);
  }

  /**
   * A node is about to tell a client that its concern is met. Returns who has the entry, wiped stores too.
   * @param key latin1
   */
  onTaken(node: string, { key, sequence, required, quorum }: Taken): readonly StoreCopy[] {
    const copy = this.copyOf(node);
    hold(copy.has(key), 'DURABLE-ACK', () => `${node} answered an entry that its disk does not have`);
    const record = sequence === null ? undefined : copy.recordAt({ sequence, n: 0 });
    const holders = this.#stores.filter((store) =>
      record === undefined ? store.has(key) : store.holds(record, key),
    );
    hold(
      holders.length >= required,
      'DURABLE-ACK',
      () => `${node} answered sequence ${sequence} for ${required} nodes, and ${holders.length} have it`,
    );
    hold(
      !quorum || (record !== undefined && this.committed.recordAt(record.position)?.chain === record.chain),
      'DURABLE-ACK',
      () => `${node} answered sequence ${sequence} for a majority, and it is not committed`,
    );
    return holders;
  }

  /** Whoever has exactly this record, wiped stores too: what was lost with a disk had been there. */
  holders(position: Position, chain: string): StoreCopy[] {
    return this.#stores.filter((copy) => copy.chainAt(position) === chain);
  }

  #proveMajority(copy: StoreCopy, position: Position, members: readonly Member[], inDoubt: boolean): void {
    const record = copy.recordAt(position)!;
    hold(
      inDoubt || JSON.stringify(members.map(storeOf)) === JSON.stringify(copy.members.map(storeOf)),
      'DURABLE-ACK',
      () => `${copy.node} counts other members than its log names`,
    );
    const voters = members.filter(({ voting }) => voting);
    const holding = new Set(this.holders(position, record.chain).map(({ store }) => store));
    const count = voters.filter(({ store }) => holding.has(store)).length;
    hold(
      2 * count > voters.length,
      'DURABLE-ACK',
      () => `${copy.node} commits ${text(position)}, which ${count} of ${voters.length} voters have`,
    );
    const last = copy.records.at(-1)!;
    hold(
      termOf(record.epoch) === termOf(last.epoch),
      'COMMIT-MONOTONE',
      () => `${copy.node} commits ${text(position)} of epoch ${record.epoch} in epoch ${last.epoch}`,
    );
  }
}

function storeOf({ store, voting }: Member): string {
  return `${store} ${voting}`;
}
