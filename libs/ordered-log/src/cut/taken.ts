import { printEntryKey } from '@hooklog/object-id';
import type { Plan } from '../batches/plan';
import type { Entry } from '../entry';
import type { LogRecord } from '../frame/record';
import type { Position } from '../position';
import { type PendingRows, wholePending } from '../rows/pending-rows';

/** Name of the rows that tell what was cut, until somebody took them away: `rollback/<cut>`, 12 digits. */
export const ROLLBACK = 'rollback/';

/** A record that leaves the log again. */
export interface Taken {
  readonly position: Position;
  /** undefined: its frame is damaged */
  readonly record: LogRecord | undefined;
  /** What its receipt had ended; its frame may be damaged, too. */
  readonly retired: { readonly entry: Entry | undefined } | undefined;
}

/** One of them, with what it is from now on. */
export interface Moved {
  readonly taken: Taken;
  readonly pending: Entry | undefined;
}

/** What the receipts among these records, from the end backwards, had ended: for as many as fit, at least one. */
export async function withRetired(
  records: readonly Pick<Taken, 'position' | 'record'>[],
  rows: PendingRows,
  bytesMax: number,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  let bytes = 0;
  for (const { position, record } of records) {
    const mayHave = record === undefined || record.type === 'receipt';
    const retired = mayHave ? await rows.retired(position) : undefined;
    bytes += retired?.frame.length ?? 0;
    if (bytes > bytesMax && taken.length > 0) break;
    taken.push({ position, record, retired: retired && { entry: wholePending(retired) } });
  }
  return taken;
}

/**
 * Takes records, the last ones, from the end of the log. What was an entry, and what a receipt had ended, is pending
 * again, in its order. A row of the caller's meta names each of them, one line of JSON each.
 */
export function takeBack(plan: Plan, backwards: readonly Taken[]): Moved[] {
  for (const { position, record } of backwards) plan.cutRecord(position, record);
  const retired = backwards.filter((one) => one.retired !== undefined);
  plan.dropRetired(retired.map(({ position }) => position));
  const moved = backwards.toReversed().map((taken) => ({ taken, pending: bringBack(plan, taken) }));
  plan.countCut();
  const name = `${ROLLBACK}${String(plan.state.cuts).padStart(12, '0')}`;
  plan.setMeta(name, Buffer.from(moved.map((one) => `${JSON.stringify(lineOf(one))}\n`).join('')));
  return moved;
}

function bringBack(plan: Plan, { record, retired }: Taken): Entry | undefined {
  const entry = record?.type === 'entry' ? record.entry : retired?.entry;
  return entry && plan.bringBack(entry);
}

function lineOf({ taken: { position, record, retired }, pending }: Moved): object {
  const lost = record === undefined || (retired !== undefined && retired.entry === undefined);
  const place = {
    ...position,
    ...(record && { epoch: record.epoch, type: record.type }),
    ...(lost && { lost }),
  };
  if (record?.type === 'epoch' || record?.type === 'members') return place;
  const pendingAs = pending?.origin ?? null;
  if (record === undefined) return { ...place, pendingAs };
  const { key, origin } = record.type === 'entry' ? record.entry : record.receipt;
  return { ...place, key: printEntryKey(key), origin, pendingAs };
}
