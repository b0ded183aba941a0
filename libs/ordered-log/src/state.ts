import { NO_CHAIN } from './frame/chain';
import { type Position, START } from './position';

/** What a log is after its last durable batch. */
export interface LogState {
  readonly position: Position;
  readonly chain: Buffer;
  /** Of the last epoch record; 0 before the first. */
  readonly epoch: number;
  /** No writer of a lower epoch is listened to. */
  readonly promised: number;
  readonly leading: boolean;
  /** The last arrival that was given. */
  readonly arrival: number;
  /** No entry of this store was received later (ms). */
  readonly receivedAt: number;
  /** Entries in `P`. */
  readonly pending: number;
  /** Whether the clean-stop mark still stands: the first batch takes it away. */
  readonly cleanStop: boolean;
}

export const EMPTY_STATE: LogState = {
  position: START,
  chain: NO_CHAIN,
  epoch: 0,
  promised: 0,
  leading: false,
  arrival: 0,
  receivedAt: 0,
  pending: 0,
  cleanStop: false,
};
