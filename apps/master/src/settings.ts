import { nodeSettings, type SettingsOf, type SettingsTable } from '@hooklog/service';

const DAY_SECONDS = 86_400;

/** Everything that an operator can set on a master. */
export const MASTER_SETTINGS = {
  ...nodeSettings({ node: 'master', port: 8080 }),
  COLLECT: {
    type: 'switch',
    default: true,
    purpose: 'take the slaves’ webhooks over a live stream; off: only by sync',
  },
  SYNC_INTERVAL_SECONDS: {
    type: 'integer',
    default: 60,
    min: 0,
    max: DAY_SECONDS,
    purpose: 'compare with every slave this often; 0: only on POST /trigger_sync',
  },
  SYNC_FROM_SECONDS: {
    type: 'integer',
    default: 300,
    min: 1,
    max: 365 * DAY_SECONDS,
    purpose: 'a sync compares at least the entries from so long ago on',
  },
  SYNC_SETTLE_SECONDS: {
    type: 'integer',
    default: 60,
    min: 0,
    max: DAY_SECONDS,
    purpose: 'a sync leaves entries younger than this to the next one',
  },
} as const satisfies SettingsTable;

export type MasterSettings = SettingsOf<typeof MASTER_SETTINGS>;
