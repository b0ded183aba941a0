import {
  nodeSettings,
  schemeOf,
  SettingsError,
  type SettingsOf,
  type SettingsTable,
  urlOf,
} from '@hooklog/service';

const DAY_SECONDS = 86_400;

export interface SettingDefaults {
  readonly node: string;
  readonly port: number;
  readonly masterUrl: string | undefined;
}

/** Everything that an operator can set on a node. Roles change, so each has all of it; an app gives the defaults. */
export function settingsTable(defaults: SettingDefaults) {
  return {
    ...nodeSettings(defaults),
    MASTER_URL: {
      type: 'url',
      default: defaults.masterUrl,
      purpose: 'where the master is, for a node that no master has sent anything to; itself is left out',
    },
    SELF_URL: {
      type: 'url',
      default: undefined,
      defaultText: '`http://127.0.0.1:<PORT>`, https with TLS_CERT',
      purpose: 'where the other nodes reach this one',
    },
    PEER_ALLOW: {
      type: 'networks',
      default: undefined,
      defaultText: 'all; without CLUSTER_SECRET loopback',
      purpose: 'addresses at which other nodes are called, whatever URL they register',
    },
    PEER_CA: {
      type: 'path',
      default: undefined,
      purpose: 'PEM authorities of the other nodes’ certificates; none: those that Node knows',
    },
    PEER_CERT: {
      type: 'path',
      default: undefined,
      defaultText: '`TLS_CERT`',
      purpose: 'PEM certificate that is shown to other nodes',
    },
    PEER_KEY: {
      type: 'path',
      default: undefined,
      defaultText: '`TLS_KEY`',
      purpose: 'PEM key of PEER_CERT',
    },
    COLLECT: {
      type: 'switch',
      default: true,
      purpose: 'as master: take the slaves’ webhooks over a live stream; off: only by sync',
    },
    SYNC_INTERVAL_SECONDS: {
      type: 'integer',
      default: 60,
      min: 0,
      max: DAY_SECONDS,
      purpose: 'as master: compare with every slave this often; 0: only on POST /trigger_sync',
    },
    SYNC_SETTLE_SECONDS: {
      type: 'integer',
      default: 60,
      min: 0,
      max: DAY_SECONDS,
      purpose: 'a sync leaves entries younger than this to the next one',
    },
    DELAY: {
      type: 'range',
      default: undefined,
      max: 60,
      purpose: 'for tests: seconds, at random, by which what a master sends is worked on and answered late',
    },
  } as const satisfies SettingsTable;
}

export type NodeSettings = SettingsOf<ReturnType<typeof settingsTable>>;

/** Where other nodes reach one that listens on this port. */
export function selfUrlOf(settings: Pick<NodeSettings, 'SELF_URL' | 'TLS_CERT'>, port: number): string {
  return settings.SELF_URL ?? urlOf('127.0.0.1', port, schemeOf(settings));
}

/** Two spellings of one address are one node. */
export function isSameNode(a: string, b: string): boolean {
  return addressOf(a) === addressOf(b);
}

/**
 * For a node that begins as a slave: one that follows itself would never see a master.
 * @throws SettingsError when SELF_URL and MASTER_URL are one
 */
export function refuseOwnMaster(
  settings: Pick<NodeSettings, 'SELF_URL' | 'MASTER_URL' | 'PORT' | 'TLS_CERT'>,
): void {
  const self = selfUrlOf(settings, settings.PORT);
  if (settings.MASTER_URL === undefined || !isSameNode(self, settings.MASTER_URL)) return;
  throw new SettingsError(
    'SELF_URL',
    `is ${addressOf(self)}, the same as MASTER_URL, but a slave must have a master elsewhere`,
  );
}

function addressOf(url: string): string {
  return url.replace('//localhost', '//127.0.0.1');
}
