import { createLogger } from '../process/logger';
import { exitOnCrash, reloadOnSignal, runUntilSignal } from '../process/run';
import { Stop } from '../process/stop';

// a process that does what its argument says, for the specs of signals
const logger = createLogger({ level: 'info', name: 'test' });
const behaviour = process.argv[2];
const stop = new Stop();
exitOnCrash(logger);
const SLOW_MS = 200;
const closing: Readonly<Record<string, () => Promise<void>>> = {
  hangs: () => new Promise(() => undefined),
  slow: () => new Promise((resolve) => setTimeout(resolve, SLOW_MS)),
};
stop.closes('part', () => closing[behaviour ?? '']?.());
runUntilSignal({ stop, stopSeconds: Number(process.argv[3]), logger });
if (behaviour === 'reloads') reloadOnSignal(() => Promise.resolve(logger.info('reloaded')));
setInterval(() => undefined, 1000);
if (behaviour === 'throws') setImmediate(() => JSON.parse('no JSON'));
if (behaviour === 'rejects') void Promise.reject(new Error('nobody waits'));
logger.info('up');
