import type { LogEnd, Plan } from '../batches/plan';
import { freedNames } from '../cut/freed-names';
import { type Moved, takeBack, type Taken, withRetired } from '../cut/taken';
import { NOBODY } from '../epoch';
import { NO_CHAIN } from '../frame/chain';
import { chainOf } from '../frame/frame';
import type { MembersRecord, Receipt } from '../frame/record';
import type { LogLimits } from '../limits';
import { LogError } from '../log-error';
import { comparePositions, type Position, START } from '../position';
import type { Change } from '../rows/database';
import { digestRowOf, nameRow, rowsOfEntry } from '../rows/index-rows';
import { originRow } from '../rows/keys';
import { decodeOwn, type LogRows } from '../rows/log-rows';
import type { LogState } from '../state';
import type { Job } from './job';

/** The wish to make the log end at `after`, in the epoch of a writer whose log is another one behind it. */
export interface Cut {
  readonly after: Position;
  readonly epoch: number;
}

export interface CutOptions {
  readonly rows: LogRows;
  readonly limits: LogLimits;
  readonly state: () => LogState;
  readonly committed: () => Position;
}

/**
 * Takes records, at most one batch of them, from the end of the log. What was an entry, and what a receipt had
 * ended, is pending again. Answers with the new end.
 */
export class CutJob implements Job<Position> {
  readonly bytes = 0;
  readonly entries = 1;
  readonly movesEnd = true;
  readonly alone = true;
  readonly readsIndex = true;
  readonly offers = [];
  /** From the end backwards. */
  #taken: readonly Taken[] = [];
  #end: LogEnd | undefined;
  /** Of the index: keys that are no names any longer. */
  #freed: ReadonlyMap<string, Change> = new Map();

  constructor(
    private readonly cut: Cut,
    private readonly options: CutOptions,
  ) {}

  async prepare(): Promise<void> {
    const { rows, limits } = this.options;
    const state = this.options.state();
    const { after } = this.cut;
    if (this.#refusal(state) !== undefined || comparePositions(after, state.position) >= 0) return;
    const page = { bytesMax: limits.batchBytesMax, rowsMax: limits.batchEntriesMax };
    const records = (await rows.lastBehind(after, state.position, page)).map(decodeOwn);
    const given = records.map((record) => ({ position: record.position, record }));
    this.#taken = await withRetired(given, rows.pending, page.bytesMax);
    const end = await endBefore(this.#taken.at(-1)!.position, state, rows);
    const kept = { end: end.position, committed: this.options.committed() };
    this.#freed = await freedNames(receiptsOf(this.#taken), kept, { rows, page });
    this.#end = end;
  }

  apply(plan: Plan): Position {
    const refusal = this.#refusal(plan.state);
    if (refusal !== undefined) throw refusal;
    if (this.#end === undefined) return plan.state.position;
    plan.promise(this.cut.epoch, NOBODY);
    const moved = takeBack(plan, this.#taken);
    plan.cutTo(this.#end);
    plan.index.push(...this.#indexRows(moved));
    return plan.state.position;
  }

  #refusal({ leading, promised, position }: LogState): LogError | undefined {
    const { after, epoch } = this.cut;
    if (leading) return new LogError('LEADING', 'this node is the writer: nobody cuts its log');
    if (epoch < promised) return new LogError('STALE_EPOCH', `epoch ${epoch} is over: nothing is cut for it`);
    const committed = this.options.committed();
    const kept = comparePositions(after, position) >= 0 || comparePositions(after, committed) >= 0;
    return kept ? undefined : belowCommit(after, committed);
  }

  /** First what the receipts leave behind, then what is pending: that may have the same keys. */
  #indexRows(moved: readonly Moved[]): Change[] {
    const receipts = receiptsOf(this.#taken).map(({ origin }) => ({ key: originRow(origin) }));
    return [...receipts, ...this.#freed.values(), ...moved.flatMap((one) => this.#pendingRows(one))];
  }

  /**
   * A copy takes no name from the entry that it is a copy of, whether that stays or is pending, too. Its own key
   * stays a name of that one as long as another receipt, or the commit, says so; it is found by its body anyway.
   */
  #pendingRows({ taken: { record }, pending }: Moved): Change[] {
    if (pending === undefined) return [];
    const at = { at: 'pending', arrival: pending.origin.arrival } as const;
    if (record?.type === 'entry') return rowsOfEntry(pending, at);
    if (record?.type !== 'receipt' || record.receipt.sameKey) return [];
    const isFree = this.#freed.has(pending.key.toString('latin1'));
    const body = pending.eventId === undefined ? [] : [digestRowOf(pending)];
    return [...(isFree ? [nameRow(pending.key, at)] : []), ...body];
  }
}

function receiptsOf(taken: readonly Taken[]): Receipt[] {
  return taken.flatMap(({ record }) => (record?.type === 'receipt' ? [record.receipt] : []));
}

async function endBefore(first: Position, state: LogState, rows: LogRows): Promise<LogEnd> {
  const last = await rows.last(first);
  const members =
    comparePositions(state.membersAt, first) < 0
      ? { members: state.members, membersAt: state.membersAt }
      : membersOf(await rows.membersBefore(first));
  if (last === undefined)
    return { position: START, chain: NO_CHAIN, epoch: 0, writer: undefined, ...members };
  const { epoch } = decodeOwn(last);
  const writer = epoch === state.epoch ? state.writer : await rows.writerOf(epoch);
  return { position: last.position, chain: chainOf(last.frame), epoch, writer, ...members };
}

function membersOf(record: MembersRecord | undefined): Pick<LogState, 'members' | 'membersAt'> {
  return { members: record?.members ?? [], membersAt: record?.position ?? START };
}

function belowCommit(after: Position, committed: Position): LogError {
  const message =
    `a writer has another history behind sequence ${after.sequence}, but this log is committed up to ` +
    `${committed.sequence}: nothing was changed, a person has to decide`;
  return new LogError('DIVERGED', message, { position: after });
}
