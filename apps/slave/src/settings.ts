import { type NodeSettings, refuseOwnMaster, settingsTable } from '@hooklog/node';
import { parseSettings } from '@hooklog/service';

/** Everything that an operator can set on a node that begins as slave. */
export const SLAVE_SETTINGS = settingsTable({
  node: 'slave',
  port: 8081,
  masterUrl: 'http://127.0.0.1:8080',
});

/** @throws SettingsError */
export function readSlaveSettings(env: Readonly<Record<string, string | undefined>>): NodeSettings {
  const settings = parseSettings(SLAVE_SETTINGS, env);
  refuseOwnMaster(settings);
  return settings;
}
