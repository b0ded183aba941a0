import { createLogger, parseSettings, type Store } from '@hooklog/service';
import { MemoryLevel } from 'memory-level';
import { MASTER_SETTINGS } from '../settings';
import { type RunningMaster, startMaster } from '../start';

export const quiet = createLogger({ level: 'silent', name: 'test' });

export function memoryStore(newStoreId: string): Store {
  const bytes = { keyEncoding: 'buffer', valueEncoding: 'buffer', storeEncoding: 'buffer' } as const;
  const database = (): Store['log'] => new MemoryLevel<Buffer, Buffer>(bytes);
  return { log: database(), index: database(), newStoreId };
}

/** A whole master on a port of its own, its disk in memory. */
export function startMemoryMaster(
  env: Readonly<Record<string, string>> = {},
  store = memoryStore('00000000000000aa'),
  now: () => number = Date.now,
): Promise<RunningMaster> {
  const settings = parseSettings(MASTER_SETTINGS, {
    PORT: '0',
    DISK_FREE_MIN_MIB: '0',
    SYNC_INTERVAL_SECONDS: '0',
    ...env,
  });
  return startMaster({
    settings: { ...settings, DATA_DIR: '.' },
    store,
    now,
    random: () => 0.5,
    logger: quiet,
  });
}
