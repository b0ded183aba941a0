import { LogError } from '@hooklog/ordered-log';
import { SettingsError } from '../settings/settings';
import { SourcesError } from '../sources/sources-error';
import { StoreError } from '../store/open-store';
import type { Redact } from './redaction';

/** Ends the process with exit code 1 and one line on stderr; a bug gets its stack. */
export function exitOnFailedStart(name: string, redact: Redact): (error: unknown) => void {
  return (error) => {
    const line = startFailure(error) ?? (error instanceof Error ? error.stack : String(error));
    process.stderr.write(redact(`${name} does not start: ${line}\n`));
    process.exit(1);
  };
}

/** One line on why a node does not start, for whoever can do something about it; undefined: a bug. */
export function startFailure(error: unknown): string | undefined {
  if (error instanceof SettingsError || error instanceof StoreError) return oneLine(error.message);
  if (error instanceof SourcesError) return oneLine(`SOURCES: ${error.message}`);
  if (error instanceof LogError) return oneLine(explainLog(error));
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE')
    return `PORT ${port} of ${address} is taken: stop what listens there, or set another PORT`;
  if (code === 'EACCES') return `PORT ${port} may not be opened by this user: set one above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'HOST is no address of this machine';
  return undefined;
}

function explainLog({ code, message, position }: LogError): string {
  const place = position === undefined ? '' : ` (sequence ${position.sequence}, record ${position.n})`;
  const said = `the store in DATA_DIR has ${code}${place}: ${message}`;
  if (code === 'DAMAGED')
    return `${said}; keep a copy of the folder, then restore a backup, or start a slave with an empty DATA_DIR`;
  if (code === 'FORMAT_UNKNOWN')
    return `${said}; it was written by another version of hooklog, or by something else`;
  return said;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
