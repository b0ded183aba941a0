import { NO_CHAIN, nextChain } from '../frame/chain';
import { chainOf, contentOf, isWhole, type RawRecord } from '../frame/frame';
import { behind, comparePositions, follows, type Position, START } from '../position';
import { type PageLimits, readPage } from '../rows/database';
import { logKey, positionOf } from '../rows/keys';
import type { LogRows } from '../rows/log-rows';

export interface Scrubbed {
  /** The next page begins behind it. */
  readonly through: Position;
  /** Nothing is left behind `through`. */
  readonly done: boolean;
  /** Places before each record that is damaged, missing, or does not continue the one before it. */
  readonly damaged: readonly Position[];
}

/** A place and its chain; undefined: what stands there proves nothing about what follows. */
export interface Link {
  readonly position: Position;
  readonly chain: Buffer | undefined;
}

/** Looks at the records in (after, end], as many as fit into one page. */
export async function scrubPage(
  log: LogRows,
  after: Position,
  end: Position,
  limits: PageLimits,
): Promise<Scrubbed> {
  if (comparePositions(after, end) >= 0) return { through: after, done: true, damaged: [] };
  const rows = await readPage(log.database, { gte: logKey(behind(after)), lt: logKey(behind(end)) }, limits);
  if (rows.length === 0) return { through: end, done: true, damaged: [after] };
  let last = await linkAt(after, log);
  const damaged: Position[] = [];
  for (const [key, frame] of rows) {
    const record = { position: positionOf(key), frame };
    const isBroken = breaks(record, last);
    if (isBroken || !follows(record.position, last.position)) damaged.push(last.position);
    last = isBroken ? { position: record.position, chain: undefined } : linkOf(record);
  }
  return { through: last.position, done: comparePositions(last.position, end) === 0, damaged };
}

/** Of a row as it is. */
export function linkOf(record: RawRecord): Link {
  const { position, frame } = record;
  return { position, chain: isWhole(frame, position) ? chainOf(frame) : undefined };
}

/** Whether a record is not whole, or not the one that was chained to that place. */
export function breaks({ position, frame }: RawRecord, last: Link): boolean {
  if (!isWhole(frame, position)) return true;
  if (last.chain === undefined || !follows(position, last.position)) return false;
  return !nextChain(last.chain, contentOf(frame)).equals(chainOf(frame));
}

async function linkAt(position: Position, log: LogRows): Promise<Link> {
  if (comparePositions(position, START) === 0) return { position, chain: NO_CHAIN };
  const record = await log.rawAt(position);
  const isBroken = record === undefined || breaks(record, await linkBefore(position, log));
  return isBroken ? { position, chain: undefined } : linkOf(record);
}

export async function linkBefore(position: Position, log: LogRows): Promise<Link> {
  const before = await log.rawBefore(position);
  return before === undefined ? { position: START, chain: NO_CHAIN } : linkOf(before);
}
