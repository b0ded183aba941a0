import type { EntryKey } from '@hooklog/object-id';
import type { Origin } from '../entry';
import { chainOf, contentOf, decodeRecord, printPosition, type RawRecord } from '../frame/frame';
import { NO_CHAIN, nextChain } from '../frame/chain';
import type { LogRecord } from '../frame/record';
import { LogError } from '../log-error';
import type { LogRows } from '../log-rows';
import type { Plan } from '../plan';
import { comparePositions, follows, type Position } from '../position';
import type { LogState } from '../state';
import type { Job } from './job';

/** Records of the leader behind a place that both sides should have. */
export interface ReplicaBatch {
  readonly epoch: number;
  readonly previous: Position;
  readonly previousChain: Buffer;
  readonly records: readonly RawRecord[];
}

interface Link {
  readonly position: Position;
  readonly chain: Buffer;
}

export interface Tail extends Link {
  readonly epoch: number;
}

/** A follower takes records as they are, once they are proved to continue its own log. */
export class ReplicaJob implements Job<Tail> {
  readonly movesEnd = true;
  readonly offers = [];
  #records: readonly LogRecord[] = [];
  #ownPending: ReadonlyMap<number, EntryKey | undefined> = new Map();
  readonly #dropped = new Set<number>();
  #refusal: LogError | undefined;

  constructor(
    private readonly batch: ReplicaBatch,
    private readonly rows: LogRows,
    private readonly store: string,
    private readonly end: () => LogState,
  ) {}

  get bytes(): number {
    return this.batch.records.reduce((sum, { frame }) => sum + frame.length, 0);
  }

  get entries(): number {
    return this.batch.records.length;
  }

  async prepare(): Promise<void> {
    this.#refusal = refusalOf(this.batch, this.end());
    if (this.#refusal !== undefined) return;
    await this.#provePlace(this.batch.previous, this.batch.previousChain);
    this.#records = decodeChain(this.batch);
    const { position } = this.end();
    const overlap = this.batch.records.findLast((record) => comparePositions(record.position, position) <= 0);
    if (overlap !== undefined) await this.#provePlace(overlap.position, chainOf(overlap.frame));
    this.#ownPending = await this.rows.pendingKeysOf(this.#ownArrivals());
  }

  apply(plan: Plan): Tail {
    const refusal = this.#refusal ?? refusalOf(this.batch, plan.state);
    if (refusal !== undefined) throw refusal;
    const { position } = plan.state;
    const first = this.batch.records.findIndex((record) => comparePositions(record.position, position) > 0);
    if (first >= 0) this.#proveJoint(first, position);
    const fresh = first < 0 ? [] : this.#records.slice(first);
    proveEpochs(fresh, plan.state.epoch, this.batch.epoch);
    plan.promise(this.batch.epoch);
    fresh.forEach((record, i) => this.#add(plan, record, this.batch.records[first + i]!));
    const { chain, epoch } = plan.state;
    return { position: plan.state.position, chain, epoch };
  }

  #add(plan: Plan, record: LogRecord, raw: RawRecord): void {
    plan.addRecord(record, raw);
    if (record.type === 'epoch') return;
    const { origin, key } = record.type === 'entry' ? record.entry : record.receipt;
    if (origin.store !== this.store) return;
    plan.passArrival(origin.arrival);
    if (this.#isPending(origin.arrival, key)) {
      this.#dropped.add(origin.arrival);
      plan.dropPending(origin.arrival);
    }
  }

  /** A store that was restored from a backup gave arrivals a second time: what is pending there is another entry. */
  #isPending(arrival: number, key: EntryKey): boolean {
    if (!this.#ownPending.has(arrival) || this.#dropped.has(arrival)) return false;
    return this.#ownPending.get(arrival)?.equals(key) ?? true;
  }

  #ownArrivals(): number[] {
    const origins = this.#records.map(originOf).filter((origin) => origin?.store === this.store);
    return origins.map((origin) => origin!.arrival);
  }

  /** What both sides have must have one history. */
  async #provePlace(position: Position, chain: Buffer): Promise<void> {
    const end = this.end();
    const ours =
      comparePositions(position, end.position) === 0 ? end.chain : await chainAt(this.rows, position);
    if (!ours?.equals(chain)) throw diverged(position);
  }

  /** The record before the first new one is our last one. */
  #proveJoint(first: number, end: Position): void {
    const joint = first === 0 ? this.batch.previous : this.batch.records[first - 1]!.position;
    if (comparePositions(joint, end) !== 0) throw diverged(end);
  }
}

function refusalOf({ epoch, previous }: ReplicaBatch, state: LogState): LogError | undefined {
  if (state.leading)
    return new LogError('LEADING', 'this node is the writer and takes no records from another one');
  if (epoch < state.promised) {
    return new LogError('STALE_EPOCH', `epoch ${epoch} is over: this log follows epoch ${state.promised}`);
  }
  if (comparePositions(previous, state.position) <= 0) return undefined;
  const message = `records follow ${printPosition(previous)}, but this log ends at ${printPosition(state.position)}`;
  return new LogError('GAP', message, { position: state.position });
}

async function chainAt(rows: LogRows, position: Position): Promise<Buffer | undefined> {
  return position.sequence === 0 && position.n === 0 ? NO_CHAIN : rows.chainAt(position);
}

/** Records are whole, directly behind one another, and each one's chain is that of its content. */
function decodeChain({ previous, previousChain, records }: ReplicaBatch): LogRecord[] {
  let last: Link = { position: previous, chain: previousChain };
  return records.map((raw) => {
    if (!follows(raw.position, last.position)) {
      throw damagedFrame(raw.position, `does not follow ${printPosition(last.position)}`);
    }
    const record = decodeRecord(raw);
    last = { position: raw.position, chain: nextChain(last.chain, contentOf(raw.frame)) };
    if (!chainOf(raw.frame).equals(last.chain)) throw damagedFrame(raw.position, 'breaks the chain');
    return record;
  });
}

/** Epochs rise with their own records only, up to that of the sender. */
function proveEpochs(records: readonly LogRecord[], from: number, upTo: number): void {
  let epoch = from;
  for (const record of records) {
    const begins = record.type === 'epoch' && record.epoch > epoch && record.epoch <= upTo;
    if (begins) epoch = record.epoch;
    else if (record.type === 'epoch' || record.epoch !== epoch) {
      throw damagedFrame(record.position, `is of epoch ${record.epoch}, not ${epoch}`);
    }
  }
}

function originOf(record: LogRecord): Origin | undefined {
  if (record.type === 'entry') return record.entry.origin;
  return record.type === 'receipt' ? record.receipt.origin : undefined;
}

function damagedFrame(position: Position, what: string): LogError {
  return new LogError(
    'DAMAGED_FRAME',
    `the record at ${printPosition(position)} ${what}; nothing of it was stored`,
    {
      position,
    },
  );
}

function diverged(position: Position): LogError {
  const message = `this log and that of the writer differ at ${printPosition(position)}: neither was changed, a person has to decide`;
  return new LogError('DIVERGED', message, { position });
}
