import { parseSettings } from '@hooklog/service';
// the other half of a cluster, which only tests of the slave may start: no dependency of the slave itself
// nx-ignore-next-line
import { memoryStore, quiet, startMemoryMaster } from '../../../master/src/testing/memory-master'; // eslint-disable-line @nx/enforce-module-boundaries
import { SLAVE_SETTINGS } from '../settings';
import { type RunningSlave, startSlave } from '../start';

export { memoryStore, quiet, startMemoryMaster };
export type RunningMaster = Awaited<ReturnType<typeof startMemoryMaster>>;

/** A whole slave on a port of its own, its disk in memory. */
export function startMemorySlave(
  env: Readonly<Record<string, string>>,
  store = memoryStore('00000000000000bb'),
  now: () => number = Date.now,
): Promise<RunningSlave> {
  const settings = parseSettings(SLAVE_SETTINGS, { PORT: '0', DISK_FREE_MIN_MIB: '0', ...env });
  return startSlave({
    settings: { ...settings, DATA_DIR: '.' },
    store,
    now,
    random: () => 0.5,
    logger: quiet,
  });
}

const POLL_MS = 20;

/** Asks again until it holds, at most for so long. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${withinMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
