import { type NodeSettings, settingsTable } from '@hooklog/node';
import { parseSettings } from '@hooklog/service';

/** Everything that an operator can set on a node that begins as master. */
export const MASTER_SETTINGS = settingsTable({ node: 'master', port: 8080, masterUrl: undefined });

/** @throws SettingsError */
export function readMasterSettings(env: Readonly<Record<string, string | undefined>>): NodeSettings {
  return parseSettings(MASTER_SETTINGS, env);
}
