import type { Plan } from '../batches/plan';
import { chainOf, decodeRecord, isWhole, printPosition, type RawRecord } from '../frame/frame';
import type { LogRecord } from '../frame/record';
import type { Job } from '../jobs/job';
import { NamedPending } from '../jobs/named-pending';
import { LogError } from '../log-error';
import { comparePositions, follows } from '../position';
import { rowsOfRecord } from '../rows/index-rows';
import { type LogRows, wholeRecord } from '../rows/log-rows';
import { breaks, type Link, linkBefore, linkOf } from './scrub';

/**
 * A peer's record takes the place of one that is damaged or missing. It has to continue the record before it, which
 * is whole, and to be continued by the one behind it, if that is. With both it is the one that stood there.
 */
export class RepairJob implements Job<void> {
  readonly entries = 1;
  readonly movesEnd = true;
  readonly alone = true;
  readonly offers = [];
  #record: LogRecord | undefined;
  /** A whole one that is not this one: it only seemed to be right while the one behind it was damaged. */
  #wrong: LogRecord | undefined;
  #before: Link | undefined;
  #next: RawRecord | undefined;
  #pending: NamedPending | undefined;

  constructor(
    private readonly raw: RawRecord,
    private readonly rows: LogRows,
    private readonly store: string,
  ) {}

  get bytes(): number {
    return this.raw.frame.length;
  }

  async prepare(): Promise<void> {
    this.#record = decodeRecord(this.raw);
    const { position, frame } = this.raw;
    const stored = await this.rows.rawAt(position);
    if (stored !== undefined && !stored.frame.equals(frame)) this.#wrong = wholeRecord(stored);
    this.#before = await linkBefore(position, this.rows);
    this.#next = await this.rows.rawBehind(position);
    this.#pending = await NamedPending.of([this.#record], this.store, this.rows.pending);
  }

  apply(plan: Plan): void {
    this.#proveBefore();
    this.#proveBehind(plan);
    if (this.#wrong !== undefined) this.#forget(plan, this.#wrong);
    plan.putRecord(this.#record!, this.raw);
    this.#pending!.end(plan, this.#record!);
  }

  /** Its names and its digest; that such a body or event was known may be due to another entry. */
  #forget(plan: Plan, record: LogRecord): void {
    plan.cutRecord(record.position, record);
    const [one, other] = rowsOfRecord(record);
    for (const row of [one, other]) if (row !== undefined) plan.index.push({ key: row.key });
  }

  #proveBefore(): void {
    const last = this.#before!;
    const { position } = this.raw;
    const isProved = last.chain !== undefined && follows(position, last.position) && !breaks(this.raw, last);
    if (!isProved)
      throw this.#unfit(`does not continue what stands before it, at ${printPosition(last.position)}`);
  }

  #proveBehind({ state }: Plan): void {
    const { position, frame } = this.raw;
    const distance = comparePositions(position, state.position);
    if (distance > 0) throw this.#unfit('stands behind the end of the log');
    if (distance === 0 && !chainOf(frame).equals(state.chain))
      throw this.#unfit('is not the last one of this log');
    const next = this.#next;
    if (next === undefined || !isWhole(next.frame, next.position)) return;
    if (follows(next.position, position) && breaks(next, linkOf(this.raw)))
      throw this.#unfit('is not continued by what stands behind it');
  }

  #unfit(why: string): LogError {
    const { position } = this.raw;
    const message = `a record for ${printPosition(position)} ${why}: nothing was changed`;
    return new LogError('DAMAGED_FRAME', message, { position });
  }
}
