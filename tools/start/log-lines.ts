import { prettyFactory } from 'pino-pretty';

const COLORS = [36, 33, 35]; // cyan, yellow, magenta

/** Turns a node's line (JSON, or whatever a crash prints) into one line that begins with the node's name. */
export function linePrinter(
  names: readonly string[],
  colorize: boolean,
): (name: string, line: string) => string {
  const width = Math.max(...names.map((name) => name.length));
  const pretty = prettyFactory({
    colorize,
    ignore: 'pid,hostname,name,node',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return (name, line) => {
    const tag = name.padEnd(width);
    const color = COLORS[names.indexOf(name) % COLORS.length];
    return `${colorize ? `\x1b[${color}m${tag}\x1b[0m` : tag} | ${isJson(line) ? pretty(line).trimEnd() : line}`;
  };
}

function isJson(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
