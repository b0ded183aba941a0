import type { Position } from './position';

/**
 * What the caller can do about it:
 * `CLOSED` the log was closed; `DAMAGED` this store lost or changed what it had: repair it from a peer or a backup;
 * `DAMAGED_FRAME` a foreign frame is no frame; `FORMAT_UNKNOWN` written by another version, or by something else;
 * `GAP` send from `position`, our tail; `DIVERGED` two histories, equal up to `position` if that is known: cut, or, below the commit, a person decides;
 * `STALE_EPOCH` a newer writer exists, or was promised; `INCOMPLETE` this store lost something and only follows; `NOT_LEADING`, `LEADING` asked of the wrong role;
 * `OVERLOADED` nothing was stored, come back later; `STORE_FAILED` outcome unknown, a retry is safe;
 * `ENTRY_TOO_LARGE` nothing was stored, and never will be.
 */
export type LogErrorCode =
  | 'CLOSED'
  | 'DAMAGED'
  | 'DAMAGED_FRAME'
  | 'FORMAT_UNKNOWN'
  | 'GAP'
  | 'DIVERGED'
  | 'STALE_EPOCH'
  | 'INCOMPLETE'
  | 'NOT_LEADING'
  | 'LEADING'
  | 'OVERLOADED'
  | 'STORE_FAILED'
  | 'ENTRY_TOO_LARGE';

export class LogError extends Error {
  override readonly name = 'LogError';
  readonly position: Position | undefined;

  constructor(
    readonly code: LogErrorCode,
    message: string,
    details: { readonly position?: Position; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.position = details.position;
  }
}

/** What a database threw while the disk was written or read. */
export function storeFailed(cause: unknown): LogError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LogError(
    'STORE_FAILED',
    `the store could not be written or read (${reason}): free space or check the disk; a retry is safe`,
    { cause },
  );
}

/** This store lost or changed what it had. */
export function isDamage(error: unknown): error is LogError {
  return error instanceof LogError && error.code === 'DAMAGED';
}

/** What is read; undefined where that is damaged. */
export function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
