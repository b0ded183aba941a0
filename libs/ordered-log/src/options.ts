import assert from 'node:assert';
import type { EntryKey } from '@hooklog/object-id';
import type { Member } from './frame/record';
import type { LogLimits } from './limits';
import type { LogObserver } from './observer';
import type { Database } from './rows/database';

export interface OrderedLogOptions {
  /** The truth: every batch is written with `sync: true`. */
  readonly log: Database;
  /** Derived from the log, never synced; may be deleted. */
  readonly index: Database;
  /** Removes the files of the index, which is closed then. With it a corrupt index is built anew; without it that is an error. */
  readonly resetIndex?: () => Promise<void>;
  readonly node: string;
  /** 16 hex digits, fresh for every call; used only when the store is empty. */
  readonly newStoreId: string;
  /** 0: only equal keys and equal event ids are the same event. */
  readonly dedupWindowSeconds?: number;
  /** Boot id of the machine. Equal at two opens: the OS never stopped, so unsynced writes are still there. */
  readonly machineRun?: string;
  readonly limits?: Partial<LogLimits>;
  /**
   * A log that lost or changed something is refused as `DAMAGED`, or, if others have it too, given up from there on:
   * the store then only follows, until it is named as a voting member behind all that it may have had.
   */
  readonly onDamage?: 'refuse' | 'learn';
  readonly observer?: LogObserver;
  /**
   * Resolves after a turn of the event loop, in which what clients sent meanwhile is taken: a batch waits for as many
   * as bring more, 4 at most. None: a batch begins at once.
   */
  readonly turn?: () => Promise<unknown>;
  /** Resolves after a while: a log that is idle then writes its index. None: as soon as it is idle. */
  readonly idle?: () => Promise<unknown>;
}

export interface RecordsPage {
  readonly bytesMax?: number;
  readonly recordsMax?: number;
}

export interface PendingPage {
  readonly bytesMax?: number;
  readonly entriesMax?: number;
}

export interface ReceivedRange {
  /** ms, inclusive */
  readonly from: number;
  /** ms, exclusive */
  readonly to: number;
  /** Exclusive. */
  readonly after?: EntryKey;
  readonly limit?: number;
}

export interface SecondsRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export const STORE_ID = /^[0-9a-f]{16}$/;
/** What a frame's u16 fields can hold. */
export const U16_MAX = 0xffff;

export function assertOptions({ node, newStoreId, dedupWindowSeconds = 0 }: OrderedLogOptions): void {
  assert(node.length > 0 && Buffer.byteLength(node) <= 255, 'a node has a name of 1 to 255 bytes');
  assert(STORE_ID.test(newStoreId), 'a store id has 16 lower-case hex digits');
  assert(dedupWindowSeconds >= 0, 'the window is a number of seconds');
}

/** What a members record can hold. */
export function assertMembers(members: readonly Member[]): void {
  assert(members.length <= U16_MAX, 'a log has no more members than its record can name');
  for (const { node, store, url } of members) {
    assert(node.length > 0 && Buffer.byteLength(node) <= 255, 'a member has a name of 1 to 255 bytes');
    assert(STORE_ID.test(store), 'a member has a store id of 16 lower-case hex digits');
    assert(Buffer.byteLength(url) <= U16_MAX, 'the url of a member is too long');
  }
}
