import type { Logger } from 'pino';
import type { Secrets } from '../process/redaction';
import type { Stop } from '../process/stop';
import { openQuarantineDatabase } from '../store/open-store';
import { Quarantine } from './quarantine';
import { SourcesFile } from './sources-file';

export interface OpenedSources {
  readonly file: SourcesFile;
  readonly quarantine: Quarantine;
}

export interface OpenSourcesOptions {
  readonly settings: { readonly SOURCES: string | undefined; readonly DATA_DIR: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly secrets: Secrets;
}

/**
 * The senders that a node knows, and what was refused of them; undefined: it knows none. `stop` closes it.
 * @throws SourcesError, StoreError
 */
export async function openSources(
  { settings, env, logger, secrets }: OpenSourcesOptions,
  stop: Stop,
): Promise<OpenedSources | undefined> {
  const { SOURCES, DATA_DIR } = settings;
  if (SOURCES === undefined) return undefined;
  const file = await SourcesFile.open({ path: SOURCES, env, logger, secrets });
  const quarantine = await Quarantine.open(await openQuarantineDatabase({ dataDir: DATA_DIR }));
  stop.closes('quarantine', () => quarantine.close());
  return { file, quarantine };
}
