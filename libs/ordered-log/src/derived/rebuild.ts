import { chainOf } from '../frame/frame';
import type { LogRecord, ReceiptRecord } from '../frame/record';
import type { LogLimits } from '../limits';
import { LogError } from '../log-error';
import { comparePositions, type Position, START } from '../position';
import { type Change, type Database, writeBatch } from '../rows/database';
import { encodeU64, rowsOfEnded, rowsOfEntry, rowsOfRecord } from '../rows/index-rows';
import { damaged, decodeOwn, type LogRows } from '../rows/log-rows';
import {
  decodeExtent,
  encodeExtent,
  type Extent,
  RUN_ROW,
  SEALED_ROW,
  STORE_ROW,
  THROUGH_ROW,
} from '../rows/marks';
import { decodeOwnPending } from '../rows/pending-rows';
import { EMPTY_STATE, type LogState } from '../state';
import type { DerivedIndex } from './derived-index';

/** Version of the rows of the index. */
const INDEX_FORMAT = 3;
/** Has all rows of this version, and others that nobody reads. An index of any other version is made anew. */
const EARLIER_INDEX_FORMAT = 2;

export interface IndexOpenOptions {
  readonly store: string;
  /** Boot of the machine; writes that were never synced outlive everything but its end. */
  readonly machineRun: string | undefined;
  /** The index was written by this very process. */
  readonly sameProcess: boolean;
  readonly limits: LogLimits;
}

/**
 * Makes the index agree with the log: as it is, caught up, or built anew.
 * @returns the place up to which, as far as the index knew, no record is ever cut
 */
export async function openIndex(
  index: DerivedIndex,
  rows: LogRows,
  state: LogState,
  options: IndexOpenOptions,
): Promise<Position> {
  const { database } = index;
  const committed = await knownCommit(index, state, options.store);
  const through = await trustedExtent(index, rows, state, options);
  if (through === undefined) await forget(database);
  await index.restoreFingerprints();
  const { machineRun } = options;
  const run = { key: RUN_ROW, ...(machineRun !== undefined && { value: Buffer.from(machineRun) }) };
  await writeBatch(database, [{ key: STORE_ROW, value: markOf(options.store, INDEX_FORMAT) }, run], false);
  await catchUp(index, rows, state, through ?? { ...EMPTY_STATE, cuts: state.cuts }, options);
  await index.storeFingerprints();
  return committed;
}

/** Of an index of this very log: what a cut, or giving up what was damaged, has made of a log it does not know. */
async function knownCommit(index: DerivedIndex, { cuts }: LogState, store: string): Promise<Position> {
  const ownStore = await index.database.get(STORE_ROW);
  if (!isIndexOf(store, ownStore)) return START;
  return (await index.through())?.cuts === cuts ? index.committed() : START;
}

/** Makes what the index holds outlive the machine: LevelDB writes its files out as synced tables when it opens. */
export async function sealIndex(index: DerivedIndex, state: LogState): Promise<void> {
  const { database } = index;
  const sealed = decodeExtent(await database.get(SEALED_ROW));
  if (state.cleanStop && sealed !== undefined && isSameExtent(sealed, state)) return;
  await database.close();
  await database.open();
  await writeBatch(database, [{ key: SEALED_ROW, value: encodeExtent(state) }], true);
}

/** The marks go first, and synced: half an index has to look like none. */
async function forget(database: Database): Promise<void> {
  const marks = [STORE_ROW, RUN_ROW, SEALED_ROW, THROUGH_ROW];
  await writeBatch(
    database,
    marks.map((key) => ({ key })),
    true,
  );
  await database.clear();
}

/** How far the index can be relied on; undefined: not at all. */
async function trustedExtent(
  index: DerivedIndex,
  rows: LogRows,
  state: LogState,
  { store, machineRun, sameProcess }: IndexOpenOptions,
): Promise<Extent | undefined> {
  const [ownStore, run, sealed] = await index.database.getMany([STORE_ROW, RUN_ROW, SEALED_ROW]);
  if (!isIndexOf(store, ownStore)) return undefined;
  const seal = decodeExtent(sealed);
  if (state.cleanStop && seal !== undefined && isSameExtent(seal, state)) return seal;
  const sameRun = sameProcess || (machineRun !== undefined && run?.toString() === machineRun);
  const through = await index.through();
  if (through === undefined || through.cuts < state.cuts) return undefined;
  proveNotAhead(through, state);
  return sameRun && (await isOnLog(through, rows, state)) ? through : undefined;
}

function isSameExtent(a: Extent, b: Extent): boolean {
  const samePlace = comparePositions(a.position, b.position) === 0 && a.chain.equals(b.chain);
  return samePlace && a.arrival === b.arrival && a.cuts === b.cuts;
}

/** An index row is written behind a synced batch of the log: the log was longer once. */
function proveNotAhead(through: Extent, state: LogState): void {
  const isPart = comparePositions(through.position, state.position) <= 0 && through.arrival <= state.arrival;
  if (isPart && through.cuts === state.cuts) return;
  const lost = damaged(through.position, 'was in the log, and is missing now');
  throw new LogError(
    'DAMAGED',
    `${lost.message} (a log that was restored on purpose opens without its index folder)`,
    {
      position: through.position,
    },
  );
}

async function isOnLog({ position, chain }: Extent, rows: LogRows, state: LogState): Promise<boolean> {
  const distance = comparePositions(position, state.position);
  if (position.sequence === 0 && position.n === 0) return true;
  return chain.equals(distance === 0 ? state.chain : ((await rows.chainAt(position)) ?? Buffer.alloc(0)));
}

async function catchUp(
  index: DerivedIndex,
  rows: LogRows,
  state: LogState,
  from: Extent,
  { limits, store }: IndexOpenOptions,
): Promise<void> {
  const page = { bytesMax: limits.pageBytesMax, rowsMax: limits.pageEntriesMax };
  let through: Extent = from;
  while (comparePositions(through.position, state.position) < 0) {
    const records = await rows.page(through.position, state.position, page);
    const last = records.at(-1)!;
    through = { ...through, position: last.position, chain: chainOf(last.frame) };
    const read = records.map(decodeOwn);
    const ended = read.flatMap((record) => (isOwnReceipt(record, store) ? rowsOfEnded(record.receipt) : []));
    // what ended may have been one of two that came back from a cut under one key
    if (ended.length > 0 && state.cuts > 0) through = { ...through, arrival: 0 };
    await index.write(index.follow([...read.flatMap(rowsOfRecord), ...ended]), through);
  }
  while (through.arrival < state.arrival) {
    const records = await rows.pending.page(through.arrival, state.arrival, page);
    through = { ...through, arrival: records.at(-1)?.arrival ?? state.arrival };
    const changes = records.flatMap((record) =>
      rowsOfEntry(decodeOwnPending(record), { at: 'pending', arrival: record.arrival }),
    );
    await index.write(index.follow(await onlyAbsent(index, changes)), through);
  }
}

function isOwnReceipt(record: LogRecord, store: string): record is ReceiptRecord {
  return record.type === 'receipt' && record.receipt.origin.store === store;
}

/** A pending entry never takes a name from an entry of the log, nor from an earlier one. */
async function onlyAbsent(index: DerivedIndex, changes: readonly Change[]): Promise<Change[]> {
  const first = new Map(
    changes.map((change) => [change.key.toString('latin1'), change] as const).toReversed(),
  );
  const wanted = [...first.values()].toReversed();
  const present = await index.database.getMany(wanted.map(({ key }) => key));
  return wanted.filter((_, i) => present[i] === undefined);
}

/** Whether the row of an index says that it is one of this store, in a version that can be gone on with. */
export function isIndexOf(store: string, row: Buffer | undefined): boolean {
  return [INDEX_FORMAT, EARLIER_INDEX_FORMAT].some((format) => row?.equals(markOf(store, format)));
}

function markOf(store: string, format: number): Buffer {
  return Buffer.concat([encodeU64(format), Buffer.from(store, 'hex')]);
}
