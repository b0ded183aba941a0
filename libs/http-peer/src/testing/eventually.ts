import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 30_000;
const POLL_MS = 5;

/** Resolves with what `check` returns once it is neither false, null nor undefined; fails after 30 s. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  what: string,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const result = await check();
    if (result !== false && result !== null && result !== undefined)
      return result as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`did not happen: ${what}`);
    await pause(POLL_MS);
  }
}
