import type { After } from '@hooklog/sync-protocol';

/** A timer of this process. */
export const after: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
