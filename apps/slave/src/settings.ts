import {
  nodeSettings,
  parseSettings,
  SettingsError,
  type SettingsOf,
  type SettingsTable,
} from '@hooklog/service';

/** Everything that an operator can set on a slave. */
export const SLAVE_SETTINGS = {
  ...nodeSettings({ node: 'slave', port: 8081 }),
  MASTER_URL: {
    type: 'url',
    default: 'http://127.0.0.1:8080',
    purpose: 'where the master is',
  },
  SELF_URL: {
    type: 'url',
    default: undefined,
    defaultText: '`http://127.0.0.1:<PORT>`',
    purpose: 'where the master reaches this slave',
  },
} as const satisfies SettingsTable;

export type SlaveSettings = SettingsOf<typeof SLAVE_SETTINGS>;

/** @throws SettingsError */
export function readSlaveSettings(env: Readonly<Record<string, string | undefined>>): SlaveSettings {
  const settings = parseSettings(SLAVE_SETTINGS, env);
  refuseOwnMaster(settings);
  return settings;
}

/** Where the master reaches a slave that listens on this port. */
export function selfUrlOf(settings: Pick<SlaveSettings, 'SELF_URL'>, port: number): string {
  return settings.SELF_URL ?? `http://127.0.0.1:${port}`;
}

/**
 * A slave that follows itself would never see a master.
 * @throws SettingsError when SELF_URL and MASTER_URL are one
 */
export function refuseOwnMaster(settings: Pick<SlaveSettings, 'SELF_URL' | 'MASTER_URL' | 'PORT'>): void {
  const self = sameHost(selfUrlOf(settings, settings.PORT));
  if (self !== sameHost(settings.MASTER_URL)) return;
  throw new SettingsError(
    'SELF_URL',
    `is ${self}, the same as MASTER_URL, but a slave must have a master elsewhere`,
  );
}

function sameHost(url: string): string {
  return url.replace('//localhost', '//127.0.0.1');
}
