import type { Plan } from '../batches/plan';
import { NOBODY } from '../epoch';
import { NO_CHAIN, nextChain } from '../frame/chain';
import { chainOf, contentOf, decodeRecord, printPosition, type RawRecord } from '../frame/frame';
import type { LogRecord } from '../frame/record';
import { LogError } from '../log-error';
import { comparePositions, follows, type Position } from '../position';
import type { LogRows } from '../rows/log-rows';
import type { LogState } from '../state';
import type { Job } from './job';
import { NamedPending } from './named-pending';

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
  #pending: NamedPending | undefined;
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
    const state = this.end();
    this.#refusal = refusalOf(this.batch, state);
    if (this.#refusal !== undefined) return;
    const { previous, previousChain } = this.batch;
    if (!(await this.#isOurs(previous, previousChain))) throw diverged(previous);
    this.#records = decodeChain(this.batch);
    await this.#proveOverlap(state.position);
    this.#pending = await NamedPending.of(this.#records, this.store, this.rows.pending);
  }

  apply(plan: Plan): Tail {
    const refusal = this.#refusal ?? refusalOf(this.batch, plan.state);
    if (refusal !== undefined) throw refusal;
    const { position } = plan.state;
    const first = this.batch.records.findIndex((record) => comparePositions(record.position, position) > 0);
    const fresh = first < 0 ? [] : this.#records.slice(first);
    proveEpochs(fresh, plan.state.epoch, this.batch.epoch);
    plan.promise(this.batch.epoch, NOBODY);
    fresh.forEach((record, i) => {
      plan.addRecord(record, this.batch.records[first + i]!);
      this.#pending!.end(plan, record);
    });
    const { chain, epoch } = plan.state;
    return { position: plan.state.position, chain, epoch };
  }

  async #isOurs(position: Position, chain: Buffer): Promise<boolean> {
    const state = this.end();
    const isEnd = comparePositions(position, state.position) === 0;
    const ours = isEnd ? state.chain : await chainAt(this.rows, position);
    return ours?.equals(chain) === true;
  }

  /** What both sides have must have one history; if not, the error names the last place that they have in common. */
  async #proveOverlap(end: Position): Promise<void> {
    const { records, previous } = this.batch;
    const overlap = records.filter(({ position }) => comparePositions(position, end) <= 0);
    let common = -1;
    for (let low = 0, high = overlap.length - 1; low <= high;) {
      const middle = (low + high + 1) >> 1;
      const { position, frame } = overlap[middle]!;
      if (await this.#isOurs(position, chainOf(frame))) {
        common = middle;
        low = middle + 1;
      } else high = middle - 1;
    }
    const last = common < 0 ? previous : overlap[common]!.position;
    const other = common + 1 < records.length && comparePositions(last, end) < 0;
    if (other) throw diverged(last, 'behind');
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

function damagedFrame(position: Position, what: string): LogError {
  return new LogError(
    'DAMAGED_FRAME',
    `the record at ${printPosition(position)} ${what}; nothing of it was stored`,
    {
      position,
    },
  );
}

/** `behind`: both have this place, and differ from there on. */
function diverged(position: Position, where: 'at' | 'behind' = 'at'): LogError {
  const message = `this log and that of the writer differ ${where} ${printPosition(position)}: nothing was changed`;
  return new LogError('DIVERGED', message, where === 'behind' ? { position } : {});
}
