import { eventually } from '../testing/eventually';
import { listeningLogger } from '../testing/served-node';
import { logStoreHealth } from './store-health';

it('a store that fails, and recovers, is told once each', async () => {
  const { logger, lines } = listeningLogger();
  const stop = new AbortController();
  const log: { health: 'ok' | 'failed' } = { health: 'ok' };
  logStoreHealth({ log, logger, stop: stop.signal, everyMs: 2 });
  log.health = 'failed';
  await eventually(() => lines.length === 1);
  log.health = 'ok';
  await eventually(() => lines.length === 2);
  stop.abort();
  expect(lines.map(({ level }) => level)).toEqual(['error', 'info']);
});
