import type { Writer } from '../frame/record';
import type { LogLimits } from '../limits';
import type { LogError } from '../log-error';
import { behind, comparePositions, type Position, START } from '../position';
import { type Change, writeBatch } from '../rows/database';
import { encodeU64 } from '../rows/index-rows';
import { epochKey } from '../rows/keys';
import type { LogRows } from '../rows/log-rows';
import {
  ARRIVED_ROW,
  CLEAN_STOP_ROW,
  COMMITTED_ROW,
  CUTS_ROW,
  decodeExtent,
  encodeArrived,
  encodeBeginning,
  encodePosition,
  type Extent,
  INCOMPLETE_ROW,
  readMarks,
} from '../rows/marks';
import { giveUp, rowsFrom } from './give-up';
import { setAside } from './set-aside';
import { type Standing, standingOf } from './standing';

/** What of a damaged log was given up when it was opened. */
export interface Damage {
  /** What was found first. */
  readonly reason: string;
  /** The log may have had records up to there; undefined: only pending entries were damaged. */
  readonly upTo: Position | undefined;
  /** Records that were taken from its end, named in `rollback/…` meta rows. */
  readonly removed: number;
  /** Arrivals of pending entries whose bytes are in `damaged/…` meta rows now. */
  readonly setAside: readonly number[];
}

export interface LearnOptions {
  readonly rows: LogRows;
  readonly self: Writer;
  readonly limits: LogLimits;
  /** How far the index was, if that can be read. */
  readonly through: Extent | undefined;
}

/**
 * Makes a damaged log one that can be opened: what is behind the damage is given up, and comes again from others.
 * That this store is incomplete is durable before anything goes. Whatever stops it, the next open goes on with it.
 * @throws the error itself when nobody else has the log
 */
export async function learn(error: LogError, options: LearnOptions): Promise<Damage> {
  const { rows, self, limits } = options;
  const [reason = ''] = error.message.split(';');
  if (error.position === undefined) {
    const arrivals = await setAside(rows, limits);
    if (arrivals.length === 0) throw error;
    return { reason, upTo: undefined, removed: 0, setAside: arrivals };
  }
  const members = (await rows.lastWholeMembers())?.members ?? [];
  if (!members.some(({ store, voting }) => voting && store !== self.store)) throw error;
  const standing = await standingOf(rows, error.position, limits);
  const from = standing.from ?? behind((await rows.rawLast())?.position ?? START);
  const upTo = await markLost(from, standing, options);
  return { reason, upTo, removed: await giveUp(from, options), setAside: [] };
}

/** Up to where the log may have had records. */
async function markLost(from: Position, { beginning }: Standing, options: LearnOptions): Promise<Position> {
  const { rows, through } = options;
  const marks = await readMarks(rows.database);
  const cuts = Math.max(marks.cuts, through?.cuts ?? 0);
  const known = through?.cuts === cuts ? through : undefined;
  const cleanStop = decodeExtent(marks.cleanStop);
  const last = (await rows.rawLast())?.position;
  const places = [last, known?.position, cleanStop?.position, marks.committed, marks.lostUpTo];
  const upTo = places.reduce<Position>(
    (a, b) => (b !== undefined && comparePositions(b, a) > 0 ? b : a),
    START,
  );
  const end = (await rows.rawBefore(from))?.position ?? START;
  const committed = comparePositions(marks.committed, end) > 0 ? end : marks.committed;
  const arrivals = [marks.arrived.arrival, through?.arrival, cleanStop?.arrival, await rows.pending.last()];
  const arrival = Math.max(...arrivals.map((one) => one ?? 0));
  const sequence = Math.min(marks.arrived.sequence ?? end.sequence, end.sequence);
  const changes: Change[] = [
    { key: INCOMPLETE_ROW, value: encodePosition(upTo) },
    { key: COMMITTED_ROW, value: encodePosition(committed) },
    { key: CUTS_ROW, value: encodeU64(cuts + 1) },
    { key: ARRIVED_ROW, value: encodeArrived({ ...marks.arrived, arrival, sequence }) },
    { key: CLEAN_STOP_ROW },
    ...(await rowsFrom(from, rows.database)),
  ];
  if (beginning !== undefined) {
    const { epoch, position, writer } = beginning;
    changes.push({ key: epochKey(epoch), value: encodeBeginning(position, writer) });
  }
  await writeBatch(rows.database, changes, true);
  return upTo;
}
