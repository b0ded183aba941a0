import type { OrderedLog } from '@hooklog/ordered-log';
import type { Logger } from 'pino';

const LOOK_EVERY_MS = 1_000;

export interface StoreHealthOptions {
  readonly log: Pick<OrderedLog, 'health'>;
  readonly logger: Logger;
  /** ends the watch */
  readonly stop: AbortSignal;
  readonly everyMs?: number;
}

/** One line when the store fails, one when it has recovered. */
export function logStoreHealth({ log, logger, stop, everyMs = LOOK_EVERY_MS }: StoreHealthOptions): void {
  let last = log.health;
  const look = (): void => {
    const { health } = log;
    if (health === last) return;
    last = health;
    if (health === 'ok') logger.info('store recovered: webhooks are taken again');
    else
      logger.error(
        'store failed: webhooks are refused until it can be written; see the disk and its free space',
      );
  };
  const timer = setInterval(look, everyMs).unref();
  stop.addEventListener('abort', () => clearInterval(timer), { once: true });
}
