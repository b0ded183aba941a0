/** What an `eventually` says when its time is over: what was awaited, and what was seen last. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

const POLL_MS = 25;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Polls until `check` returns something other than undefined or false.
 * An error of `check` counts as "not yet" and is quoted when the deadline passes.
 */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let seen = '';
  do {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      seen = error instanceof Error ? error.message : String(error);
    }
    await pause(POLL_MS);
  } while (Date.now() < end);
  throw new DeadlineError(`not within ${deadlineMs} ms: ${what}${seen ? ` (last seen: ${seen})` : ''}`);
}

/** The promise's value, or a DeadlineError; what the promise stands for is not stopped. */
export async function within<T>(what: string, deadlineMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`not within ${deadlineMs} ms: ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
