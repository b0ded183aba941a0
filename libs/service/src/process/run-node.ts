import type { Logger } from 'pino';
import { serviceToken } from '../auth/token';
import { urlOf } from '../http/server';
import { refuseOpenNode, schemeOf } from '../settings/node-settings';
import { refuseRetryPauses, type RetrySettings } from '../settings/retry-settings';
import { openStore, type Store } from '../store/open-store';
import { createLogger } from './logger';
import { Secrets } from './redaction';
import { exitOnCrash, reloadOnSignal, runUntilSignal } from './run';
import { exitOnFailedStart } from './start-failure';
import type { Stop } from './stop';

/** Settings that every role has, and that its process needs. */
interface ProcessSettings extends RetrySettings {
  readonly HOST: string;
  readonly NODE_ID: string;
  readonly DATA_DIR: string;
  readonly API_KEY: string | undefined;
  readonly CLUSTER_SECRET: string | undefined;
  readonly TLS_CERT: string | undefined;
  readonly STOP_SECONDS: number;
  readonly LOG_LEVEL: string;
}

/** What a role is started with. */
export interface NodeParts<Settings> {
  readonly settings: Settings;
  readonly store: Store;
  /** in which secrets may be that a file names */
  readonly env: Environment;
  /** ms since the epoch */
  readonly now: () => number;
  /** in [0, 1) */
  readonly random: () => number;
  readonly logger: Logger;
  /** what the logger never prints: secrets that are read later belong there */
  readonly secrets: Secrets;
}

interface Started {
  readonly port: number;
  readonly stop: Stop;
  /** reads again what may have changed since the start; none: nothing may */
  readonly reload?: (() => Promise<void>) | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface NodeProgram<Settings extends ProcessSettings> {
  readonly name: string;
  /** @throws SettingsError */
  readonly readSettings: (env: Environment) => Settings;
  readonly start: (parts: NodeParts<Settings>) => Promise<Started>;
}

/** A whole process of one role: from its environment to the signal that ends it. Says in one line why it does not start. */
export function runNode<Settings extends ProcessSettings>(
  program: NodeProgram<Settings>,
  env: Environment,
): void {
  const secrets = new Secrets([env['API_KEY'], env['CLUSTER_SECRET']]);
  run(program, env, secrets).catch(exitOnFailedStart(program.name, secrets.redact));
}

async function run<Settings extends ProcessSettings>(
  { name, readSettings, start }: NodeProgram<Settings>,
  env: Environment,
  secrets: Secrets,
): Promise<void> {
  const settings = readSettings(env);
  refuseOpenNode(settings);
  refuseRetryPauses(settings);
  const { LOG_LEVEL: level, CLUSTER_SECRET } = settings;
  secrets.hide(CLUSTER_SECRET && serviceToken(CLUSTER_SECRET));
  const logger = createLogger({ level, name, secrets });
  exitOnCrash(logger);
  logger.info({ node: settings.NODE_ID, dataDir: settings.DATA_DIR }, 'starting');
  const store = await openStore({ dataDir: settings.DATA_DIR });
  const { port, stop, reload } = await start({
    settings,
    store,
    env,
    now: Date.now,
    random: Math.random,
    logger,
    secrets,
  });
  if (reload) reloadOnSignal(reload);
  runUntilSignal({ stop, stopSeconds: settings.STOP_SECONDS, logger });
  logger.info({ port, url: urlOf(settings.HOST, port, schemeOf(settings)) }, 'listening');
}
