import { type Damage, learn } from './damage/learn';
import { DerivedIndex } from './derived/derived-index';
import { isIndexOf, openIndex, sealIndex } from './derived/rebuild';
import { DEFAULT_LIMITS } from './limits';
import { isDamage, type LogError } from './log-error';
import { ensureOpen, type OpenedLog, openLog } from './open';
import type { OrderedLogOptions } from './options';
import { comparePositions, type Position, START } from './position';
import { isCorruption, writeBatch } from './rows/database';
import { damaged, LogRows } from './rows/log-rows';
import {
  ARRIVED_ROW,
  CLEAN_STOP_ROW,
  COMMITTED_ROW,
  encodeArrived,
  encodeExtent,
  encodePosition,
  type Extent,
  STORE_ROW,
} from './rows/marks';
import type { LogState } from './state';

export interface OpenedStore extends ProvedStore {
  readonly damage: Damage | undefined;
}

interface ProvedStore extends OpenedLog {
  readonly index: DerivedIndex;
}

/** What an earlier opening of the same process knows of the index. */
type IndexBefore = 'unknown' | 'own' | 'corrupt';

/** Opens both databases, proves the log, and brings the index up to it. Damage is learned from, if that is wanted. */
export async function openStore(options: OrderedLogOptions): Promise<OpenedStore> {
  let damage: Damage | undefined;
  for (;;) {
    try {
      return { ...(await openProved(options, 'unknown')), damage };
    } catch (error) {
      if (!isDamage(error) || options.onDamage !== 'learn') throw error;
      damage = joined(damage, await learnFrom(error, options), error);
    }
  }
}

async function openProved(options: OrderedLogOptions, indexBefore: IndexBefore): Promise<ProvedStore> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const rows = new LogRows(options.log);
  await ensureOpen(options.log);
  const opened = await openLog(rows, options.newStoreId, limits);
  const { store, state } = opened;
  const { machineRun, resetIndex } = options;
  const index = new DerivedIndex(options.index);
  const sameProcess = indexBefore === 'own';
  let { committed } = opened;
  const open = async (): Promise<void> => {
    await ensureOpen(index.database);
    const known = await openIndex(index, rows, state, { store, machineRun, sameProcess, limits });
    if (comparePositions(known, committed) > 0) committed = known;
  };
  const openAnew = async (): Promise<void> => {
    await index.database.close();
    await resetIndex?.();
    await open();
  };
  if (indexBefore === 'corrupt') await openAnew();
  else {
    try {
      await open();
    } catch (error) {
      if (!isCorruption(error) || resetIndex === undefined) throw error;
      await openAnew();
    }
  }
  return { ...opened, committed, index };
}

async function learnFrom(error: LogError, options: OrderedLogOptions): Promise<Damage> {
  const { log, node, limits } = options;
  const store = (await log.get(STORE_ROW))!.toString('hex');
  const through = await throughOf(options, store);
  return learn(error, {
    rows: new LogRows(log),
    self: { node, store },
    limits: { ...DEFAULT_LIMITS, ...limits },
    through,
  });
}

/** How far the index of this store was; undefined when there is none that can be read. */
async function throughOf({ index }: OrderedLogOptions, store: string): Promise<Extent | undefined> {
  try {
    await ensureOpen(index);
    const ownStore = await index.get(STORE_ROW);
    return isIndexOf(store, ownStore) ? await new DerivedIndex(index).through() : undefined;
  } catch {
    return undefined;
  }
}

/** @throws the error when it comes again although there was nothing left to give up */
function joined(before: Damage | undefined, now: Damage, error: LogError): Damage {
  if (before === undefined) return now;
  if (now.removed === 0 && now.setAside.length === 0) throw error;
  const { reason, removed, setAside } = before;
  return {
    reason,
    upTo: now.upTo ?? before.upTo,
    removed: removed + now.removed,
    setAside: [...setAside, ...now.setAside],
  };
}

type ReopenedStore = Pick<ProvedStore, 'state' | 'index'>;

/**
 * After a write error: what the disk really holds. Everything that was answered before is still part of it.
 * @throws LogError DAMAGED
 */
export async function reopenStore(
  options: OrderedLogOptions,
  before: LogState,
  failure: unknown,
): Promise<ReopenedStore> {
  await Promise.all([options.log.close(), options.index.close()]);
  const { state, index } = await openProved(options, isCorruption(failure) ? 'corrupt' : 'own');
  await proveKept(before, state, new LogRows(options.log));
  // the batch that failed may have been a promise, and was stored all the same
  return { index, state: { ...state, leading: before.leading && state.promised === state.epoch } };
}

/**
 * Leaves marks by which the next open knows that it need not look. Without them it proves more and takes
 * longer, nothing else: an error here is no reason to stay open.
 */
export async function markCleanStop(
  options: OrderedLogOptions,
  state: LogState,
  { receivedAt, committed }: { readonly receivedAt: number; readonly committed: Position },
): Promise<void> {
  try {
    await sealIndex(new DerivedIndex(options.index), state);
    const { arrival, position } = state;
    const arrived = { arrival, receivedAt, sequence: position.sequence };
    const marks = [
      { key: ARRIVED_ROW, value: encodeArrived(arrived) },
      { key: CLEAN_STOP_ROW, value: encodeExtent(state) },
    ];
    if (committed !== START) marks.push({ key: COMMITTED_ROW, value: encodePosition(committed) });
    if (!state.cleanStop || receivedAt > state.receivedAt) await writeBatch(options.log, marks, true);
  } catch {
    return;
  }
}

async function proveKept(before: LogState, state: LogState, rows: LogRows): Promise<void> {
  const { position, chain } = before;
  // the batch that failed was a cut, and was stored all the same: the log ends earlier
  const wasCut = state.cuts === before.cuts + 1 && comparePositions(position, state.position) > 0;
  const isShorter = comparePositions(position, state.position) > 0 || state.cuts !== before.cuts;
  if ((isShorter && !wasCut) || before.arrival > state.arrival) {
    throw damaged(
      position,
      'was the last one before the write error, and what was answered since is missing now',
    );
  }
  if (wasCut || comparePositions(position, START) === 0) return;
  const now = await rows.chainAt(position);
  if (!now?.equals(chain)) throw damaged(position, 'changed with the write error');
}
