import {
  createLogger,
  exitOnCrash,
  exitOnFailedStart,
  openStore,
  parseSettings,
  refuseOpenNode,
  runUntilSignal,
  urlOf,
} from '@hooklog/service';
import { MASTER_SETTINGS } from './settings';
import { startMaster } from './start';

const NAME = 'hooklog-master';

async function main(): Promise<void> {
  const settings = parseSettings(MASTER_SETTINGS, process.env);
  refuseOpenNode(settings);
  const logger = createLogger({ level: settings.LOG_LEVEL, name: NAME });
  exitOnCrash(logger);
  logger.info({ node: settings.NODE_ID, dataDir: settings.DATA_DIR }, 'starting');
  const store = await openStore({ dataDir: settings.DATA_DIR });
  const { port, stop } = await startMaster({ settings, store, now: Date.now, random: Math.random, logger });
  runUntilSignal({ stop, stopSeconds: settings.STOP_SECONDS, logger });
  logger.info({ port, url: urlOf(settings.HOST, port) }, 'listening');
}

main().catch(exitOnFailedStart(NAME));
