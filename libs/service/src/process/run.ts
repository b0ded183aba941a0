import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { Stop } from './stop';

/** A terminal signals a whole group and its leader signals again: within this time it is one wish. */
const SAME_WISH_MS = 1_000;

export interface RunOptions {
  readonly stop: Stop;
  /** half of it for requests under way, all of it for everything */
  readonly stopSeconds: number;
  readonly logger: Logger;
}

/** SIGTERM or SIGINT stops the node with exit code 0; a second one, or a stop that hangs, ends it with 1. */
export function runUntilSignal({ stop, stopSeconds, logger }: RunOptions): void {
  let askedAt: number | undefined;
  const onSignal = (signal: string): void => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      void stopAndExit(signal, { stop, stopSeconds, logger });
    } else if (Date.now() - askedAt > SAME_WISH_MS) {
      logger.error({ signal }, 'second signal: ended without a clean stop');
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}

/** SIGHUP, which ends other processes, asks this one to read again what may have changed. */
export function reloadOnSignal(reload: () => Promise<void>): void {
  process.on('SIGHUP', () => void reload());
}

async function stopAndExit(signal: string, { stop, stopSeconds, logger }: RunOptions): Promise<void> {
  const startedAt = Date.now();
  logger.info({ signal }, 'stopping');
  setTimeout(() => {
    logger.error({ stopSeconds }, 'stop took longer than STOP_SECONDS: ended without a clean stop');
    process.exit(1);
  }, stopSeconds * 1000).unref();
  try {
    await stop.run((stopSeconds * 1000) / 2, logger);
  } catch (err) {
    logger.fatal({ err }, 'stop failed: ended without a clean stop');
    process.exit(1);
  }
  logger.info({ milliseconds: Date.now() - startedAt }, 'stopped');
  process.exit(0);
}

/** Ends listening and every connection that is left. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** After a bug nothing in memory can be trusted; what was answered is on disk. */
export function exitOnCrash(logger: Logger): void {
  const crash = (what: string) => (err: unknown) => {
    try {
      logger.fatal({ err }, `${what}: the process ends and should be started again`);
    } finally {
      process.exit(1);
    }
  };
  process.on('uncaughtException', crash('uncaught exception'));
  process.on('unhandledRejection', crash('unhandled rejection'));
}
