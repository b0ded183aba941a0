import { allowedIn, type Setting, type SettingsTable } from './settings';

/** An app's settings as a Markdown table, one row each, in the table's order: `| name | allowed | default | purpose |`. */
export function settingsMarkdown(table: SettingsTable): string {
  const rows = Object.entries(table).map(([name, setting]) => [
    `\`${name}\``,
    allowedIn(setting),
    printDefault(setting),
    setting.purpose,
  ]);
  const lines = [['Setting', 'Allowed', 'Default', 'Purpose'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n') + '\n';
}

function printDefault(setting: Setting): string {
  if (setting.type === 'secret') return 'none';
  if (setting.type === 'switch') return setting.default ? '`on`' : '`off`';
  if (setting.default === undefined) return ('defaultText' in setting && setting.defaultText) || 'none';
  return `\`${setting.default}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
