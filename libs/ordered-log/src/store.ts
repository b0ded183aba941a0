import { isCorruption, writeBatch } from './database';
import { DerivedIndex } from './derived-index';
import { DEFAULT_LIMITS } from './limits';
import { damaged, LogRows } from './log-rows';
import { ARRIVED_ROW, CLEAN_STOP_ROW, encodeArrived, encodeExtent } from './marks';
import { ensureOpen, openLog } from './open';
import type { OrderedLogOptions } from './options';
import { comparePositions, START } from './position';
import { openIndex, sealIndex } from './rebuild';
import type { LogState } from './state';

export interface Store {
  readonly store: string;
  readonly state: LogState;
}

/** What an earlier opening of the same process knows of the index. */
type IndexBefore = 'unknown' | 'own' | 'corrupt';

/** Opens both databases, proves the log, and brings the index up to it. */
export async function openStore(
  options: OrderedLogOptions,
  indexBefore: IndexBefore = 'unknown',
): Promise<Store> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const rows = new LogRows(options.log);
  await ensureOpen(options.log);
  const { store, state } = await openLog(rows, options.newStoreId, limits);
  const { index, machineRun, resetIndex } = options;
  const sameProcess = indexBefore === 'own';
  const open = async (): Promise<void> => {
    await ensureOpen(index);
    await openIndex(new DerivedIndex(index), rows, state, { store, machineRun, sameProcess, limits });
  };
  const openAnew = async (): Promise<void> => {
    await index.close();
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
  return { store, state };
}

/**
 * After a write error: what the disk really holds. Everything that was answered before is still part of it.
 * @throws LogError DAMAGED
 */
export async function reopenStore(
  options: OrderedLogOptions,
  before: LogState,
  failure: unknown,
): Promise<LogState> {
  await Promise.all([options.log.close(), options.index.close()]);
  const { state } = await openStore(options, isCorruption(failure) ? 'corrupt' : 'own');
  await proveKept(before, state, new LogRows(options.log));
  return { ...state, leading: before.leading };
}

/**
 * Leaves marks by which the next open knows that it need not look. Without them it proves more and takes
 * longer, nothing else: an error here is no reason to stay open.
 */
export async function markCleanStop(
  options: OrderedLogOptions,
  state: LogState,
  receivedAt: number,
): Promise<void> {
  try {
    await sealIndex(new DerivedIndex(options.index), state);
    const arrived = { key: ARRIVED_ROW, value: encodeArrived({ ...state, receivedAt }) };
    const mark = { key: CLEAN_STOP_ROW, value: encodeExtent(state) };
    if (!state.cleanStop || receivedAt > state.receivedAt)
      await writeBatch(options.log, [arrived, mark], true);
  } catch {
    return;
  }
}

async function proveKept(before: LogState, state: LogState, rows: LogRows): Promise<void> {
  const { position, chain } = before;
  if (comparePositions(position, state.position) > 0 || before.arrival > state.arrival) {
    throw damaged(
      position,
      'was the last one before the write error, and what was answered since is missing now',
    );
  }
  if (comparePositions(position, START) === 0) return;
  const now = await rows.chainAt(position);
  if (!now?.equals(chain)) throw damaged(position, 'changed with the write error');
}
