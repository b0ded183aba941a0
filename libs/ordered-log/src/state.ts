import { NOBODY } from './epoch';
import { clusterOf, NO_CHAIN } from './frame/chain';
import type { Member, Writer } from './frame/record';
import { comparePositions, type Position, START } from './position';
import { type Arrived, NONE_ARRIVED } from './rows/marks';

/** Of a log without records. */
export const NO_CLUSTER: string = clusterOf(NO_CHAIN);

/** What a log is after its last durable batch. */
export interface LogState {
  readonly position: Position;
  readonly chain: Buffer;
  /** 16 hex digits of the first record's chain: equal in all logs that began as one. `NO_CLUSTER` before it. */
  readonly cluster: string;
  /** Of the last record; 0 before the first. */
  readonly epoch: number;
  /** Who began that epoch. */
  readonly writer: Writer | undefined;
  /** As the last members record has them; none before the first. */
  readonly members: readonly Member[];
  /** Where that record stands; START before the first. */
  readonly membersAt: Position;
  /** No writer of a lower epoch is listened to. */
  readonly promised: number;
  /** The store that may begin the promised epoch. */
  readonly promisedTo: string;
  readonly leading: boolean;
  /** Set: this store lost something that it may have had up to there. */
  readonly lostUpTo: Position | undefined;
  /** The last arrival that was given. */
  readonly arrival: number;
  /** What is noted of the arrivals, so that none is given twice. */
  readonly arrived: Arrived;
  /** No entry of this store was received later (ms). */
  readonly receivedAt: number;
  /** Entries in `P`. */
  readonly pending: number;
  /** Entries in `R`. */
  readonly retired: number;
  /** Batches that took records from the end of this log: an index that knows of fewer is of another log. */
  readonly cuts: number;
  /** Whether the clean-stop mark still stands: the first batch takes it away. */
  readonly cleanStop: boolean;
}

export const EMPTY_STATE: LogState = {
  position: START,
  chain: NO_CHAIN,
  cluster: NO_CLUSTER,
  epoch: 0,
  writer: undefined,
  members: [],
  membersAt: START,
  promised: 0,
  promisedTo: NOBODY,
  leading: false,
  lostUpTo: undefined,
  arrival: 0,
  arrived: NONE_ARRIVED,
  receivedAt: 0,
  pending: 0,
  retired: 0,
  cuts: 0,
  cleanStop: false,
};

/** Field by field: what is copied by a spread has a shape of its own each time, and is slow wherever it is read. */
export function copyOf(state: LogState): { -readonly [Name in keyof LogState]: LogState[Name] } {
  return {
    position: state.position,
    chain: state.chain,
    cluster: state.cluster,
    epoch: state.epoch,
    writer: state.writer,
    members: state.members,
    membersAt: state.membersAt,
    promised: state.promised,
    promisedTo: state.promisedTo,
    leading: state.leading,
    lostUpTo: state.lostUpTo,
    arrival: state.arrival,
    arrived: state.arrived,
    receivedAt: state.receivedAt,
    pending: state.pending,
    retired: state.retired,
    cuts: state.cuts,
    cleanStop: state.cleanStop,
  };
}

/**
 * Set while this store does not vote, lead or count: it lost something, and no members that are named behind all
 * that it may have had count it in again.
 */
export function incompleteUpTo(state: LogState, store: string): Position | undefined {
  const { lostUpTo, membersAt, members } = state;
  if (lostUpTo === undefined || comparePositions(membersAt, lostUpTo) <= 0) return lostUpTo;
  return members.some((member) => member.voting && member.store === store) ? undefined : lostUpTo;
}
