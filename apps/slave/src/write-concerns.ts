import type { EntryKey } from '@hooklog/object-id';
import type { OrderedLog } from '@hooklog/ordered-log';
import { RequestError, type WriteConcerns } from '@hooklog/service';

/** Each looks for its entry after every batch. */
const WAITS_MAX = 1024;

/**
 * What a slave can promise: once its own log names the entry the master has it, and so has this node. Who
 * else has it only the master knows.
 */
export function slaveConcerns({
  log,
  masterUrl,
}: {
  readonly log: OrderedLog;
  readonly masterUrl: string;
}): WriteConcerns {
  let waiting = 0;
  return {
    admit(concern) {
      if (concern !== 2) {
        throw new RequestError(
          'NOT_MASTER',
          `A slave promises wc=1 and wc=2. For wc=${concern} ask ${masterUrl}.`,
          {
            members: { master: masterUrl },
          },
        );
      }
      if (waiting >= WAITS_MAX)
        throw new RequestError('OVERLOADED', 'Too many requests wait for the master. Send it again later.');
    },
    async wait({ key }, _concern, timeoutMs, client) {
      const over = new AbortController();
      const end = (): void => over.abort();
      const timer = setTimeout(end, timeoutMs);
      client.addEventListener('abort', end);
      waiting += 1;
      try {
        const sequence = await sequenceOf(log, key, over.signal);
        const met = sequence !== null;
        return { sequence, acknowledged: met ? 2 : 1, required: 2, met };
      } finally {
        waiting -= 1;
        client.removeEventListener('abort', end);
        clearTimeout(timer);
      }
    },
  };
}

/** Null: the signal came first. */
async function sequenceOf(log: OrderedLog, key: EntryKey, signal: AbortSignal): Promise<number | null> {
  for (;;) {
    const changed = log.changed(signal);
    // when the log closes the look-up fails first, and nobody is left to hear of this
    changed.catch(() => undefined);
    const [entry] = await log.find(key);
    if (entry !== undefined && entry.sequence !== null) return entry.sequence;
    if (signal.aborted) return null;
    await changed;
  }
}
