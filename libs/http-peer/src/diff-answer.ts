import type { OrderedLog } from '@hooklog/ordered-log';
import { encodeAnswerLine, type ListedId, missingIn, type SecondsRange } from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import type { PacedWriter } from './paced-writer';

export interface DiffAnswer {
  readonly log: OrderedLog;
  readonly range: SecondsRange;
  readonly listed: AsyncIterable<ListedId>;
  readonly writer: PacedWriter;
  readonly dedupWindowSeconds: number;
  readonly limits: PeerLimits;
}

/** One line for each own entry that the list lacks. */
export async function writeMissingLines(answer: DiffAnswer): Promise<void> {
  const { log, range, writer, listed, dedupWindowSeconds: windowSeconds, limits } = answer;
  const own = log.keys({ fromSeconds: range.start, toSeconds: range.end });
  for await (const { key } of missingIn(own, listed, { windowSeconds, windowIdsMax: limits.windowIdsMax })) {
    const found = await log.find(key);
    const entry = found.find((one) => one.key.equals(key));
    if (entry) await writer.write(encodeAnswerLine(entry));
  }
}
