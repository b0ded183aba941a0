import { Plan } from '../batches/plan';
import { takeBack, type Taken, withRetired } from '../cut/taken';
import type { RawRecord } from '../frame/frame';
import type { Writer } from '../frame/record';
import type { LogLimits } from '../limits';
import { comparePositions, type Position } from '../position';
import { type Change, type Database, type PageLimits, writeBatch } from '../rows/database';
import { EPOCH_ROWS, MEMBERS_ROWS, membersKey } from '../rows/keys';
import { type LogRows, wholeRecord } from '../rows/log-rows';
import { decodePosition, readMarks } from '../rows/marks';
import { EMPTY_STATE, type LogState } from '../state';

interface GiveUpOptions {
  readonly rows: LogRows;
  readonly self: Writer;
  readonly limits: LogLimits;
}

/**
 * Takes all records from a place on away, the last ones first, a batch at a time. Entries whose frames are whole are
 * pending again. Returns how many records there were.
 */
export async function giveUp(from: Position, options: GiveUpOptions): Promise<number> {
  const { rows, limits } = options;
  const page = { bytesMax: limits.batchBytesMax, rowsMax: limits.batchEntriesMax };
  const { cuts, arrived } = await readMarks(rows.database);
  let state: LogState = { ...EMPTY_STATE, ...arrived, cuts };
  let removed = 0;
  for (;;) {
    const records = await rows.rawLastFrom(from, page);
    const taken = records.length > 0 ? await takenOf(records, rows, page) : await strayOf(from, rows, page);
    if (taken.length === 0) return removed;
    removed += records.length === 0 ? 0 : taken.length;
    state = await takeAway(taken, state, options);
  }
}

/** Rows that tell of records from a place on. */
export async function rowsFrom(from: Position, database: Database): Promise<Change[]> {
  const members = await database.keys({ ...MEMBERS_ROWS, gte: membersKey(from) }).all();
  const epochs = await database.iterator(EPOCH_ROWS).all();
  const gone = epochs.filter(([, value]) => comparePositions(decodePosition(value), from) >= 0);
  return [...members, ...gone.map(([key]) => key)].map((key) => ({ key }));
}

async function takeAway(
  taken: readonly Taken[],
  state: LogState,
  { rows, self }: GiveUpOptions,
): Promise<LogState> {
  const plan = new Plan(state, self, 0);
  takeBack(plan, taken);
  plan.finish(state.receivedAt, undefined);
  await writeBatch(rows.database, plan.log, true);
  return plan.state;
}

function takenOf(records: readonly RawRecord[], rows: LogRows, page: PageLimits): Promise<Taken[]> {
  const read = records.map((raw) => ({ position: raw.position, record: wholeRecord(raw) }));
  return withRetired(read, rows.pending, page.bytesMax);
}

/** Pending entries that were kept for receipts that are missing themselves. */
async function strayOf(from: Position, rows: LogRows, page: PageLimits): Promise<Taken[]> {
  const places = await rows.pending.retiredFrom(from, page.rowsMax);
  const missing = places.toReversed().map((position) => ({ position, record: undefined }));
  return withRetired(missing, rows.pending, page.bytesMax);
}
