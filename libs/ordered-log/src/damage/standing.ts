import { NO_CHAIN } from '../frame/chain';
import { isWhole, type RawRecord } from '../frame/frame';
import type { EpochRecord, LogRecord } from '../frame/record';
import type { LogLimits } from '../limits';
import { isDamage } from '../log-error';
import { comparePositions, follows, type Position, START } from '../position';
import { type LogRows, wholeRecord } from '../rows/log-rows';
import { breaks, type Link, linkOf } from './scrub';

/** What of a damaged log still stands. */
export interface Standing {
  /** The first place that does not; undefined: all does. */
  readonly from: Position | undefined;
  /** Where the epoch of the last record that stands begins, if nothing but the note of that is missing. */
  readonly beginning: EpochRecord | undefined;
}

/**
 * Finds the lowest damage: in the last part of the log, below it as far as damage goes on, and where it was seen.
 * What stands before it has to have the beginning of its epoch, and the members that it names.
 */
export async function standingOf(
  rows: LogRows,
  seenAt: Position | undefined,
  limits: LogLimits,
): Promise<Standing> {
  let from = earlier(await lowestDamage(rows, limits), seenAt && (await damagedAt(rows, seenAt)));
  for (;;) {
    const { lower, beginning } = await epochBefore(rows, limits, from);
    const next = lower ?? (await damagedMembers(rows, from));
    if (next === undefined) return { from, beginning };
    from = next;
  }
}

function earlier(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(a, b) < 0 ? a : b;
}

async function lowestDamage(rows: LogRows, limits: LogLimits): Promise<Position | undefined> {
  let lowest: Position | undefined;
  let next: RawRecord | undefined;
  let bytes = 0;
  for await (const record of rows.rawBackwards(limits.pageBytesMax)) {
    if (bytes >= limits.openCheckBytesMax) return lowest;
    const isBad = !isWhole(record.frame, record.position);
    const found = isBad ? record.position : brokenBehind(linkOf(record), next);
    bytes = found === undefined ? bytes + record.frame.length : 0;
    lowest = found ?? lowest;
    next = record;
  }
  return brokenBehind({ position: START, chain: NO_CHAIN }, next) ?? lowest;
}

/** Damage that was seen at a place: what stands there, or what stands behind it. */
async function damagedAt(rows: LogRows, position: Position): Promise<Position | undefined> {
  const at = await rows.rawAt(position);
  if (at !== undefined && !isWhole(at.frame, position)) return position;
  const isStart = comparePositions(position, START) === 0;
  const missing = { position, chain: isStart ? NO_CHAIN : undefined };
  const next = await rows.rawBehind(position);
  if (at === undefined && !isStart) return next?.position;
  return brokenBehind(at === undefined ? missing : linkOf(at), next);
}

function brokenBehind(last: Link, next: RawRecord | undefined): Position | undefined {
  if (next === undefined) return undefined;
  return !follows(next.position, last.position) || breaks(next, last) ? next.position : undefined;
}

/**
 * Whether the epoch of the last record before a place has its beginning: without one its records cannot stand. If
 * only the note is missing, where it began is told by the log itself.
 */
async function epochBefore(
  rows: LogRows,
  limits: LogLimits,
  end: Position | undefined,
): Promise<{ readonly lower?: Position; readonly beginning?: EpochRecord }> {
  let first: LogRecord | undefined;
  for await (const raw of rows.rawBackwards(limits.pageBytesMax, end)) {
    const record = wholeRecord(raw);
    if (record === undefined) return { lower: raw.position };
    if (first === undefined && (await hasBeginning(rows, record.epoch))) return {};
    if (first !== undefined && record.epoch !== first.epoch) break;
    if (record.type === 'epoch') return { beginning: record };
    first = record;
  }
  return first === undefined ? {} : { lower: first.position };
}

async function hasBeginning(rows: LogRows, epoch: number): Promise<boolean> {
  try {
    return (await rows.writerOf(epoch)) !== undefined;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

async function damagedMembers(rows: LogRows, end: Position | undefined): Promise<Position | undefined> {
  try {
    await rows.membersBefore(end);
    return undefined;
  } catch (error) {
    if (isDamage(error)) return error.position;
    throw error;
  }
}
