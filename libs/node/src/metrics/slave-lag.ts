import { decodeRecord, LogError, type OrderedLog } from '@hooklog/ordered-log';

/** Records that are read to know how large what a slave lacks is. */
const PAGE = { bytesMax: 256 * 1024, recordsMax: 256 };
/** Behind all control records that stand behind an entry. */
const LAST_N = 0xffff_fffe;

export interface SlaveLag {
  /** of records; beyond what one page has it is estimated from that page */
  readonly bytes: number;
  /** since the first entry that the slave lacks was received */
  readonly seconds: number;
}

/**
 * How far behind a slave is that has acknowledged the log up to this sequence; undefined where the log cannot be read.
 * Reads one page of it.
 * @param now ms since the epoch
 */
export async function lagBehind(
  log: OrderedLog,
  sequence: number,
  now: number,
): Promise<SlaveLag | undefined> {
  const lacking = log.tail.position.sequence - sequence;
  if (lacking <= 0) return { bytes: 0, seconds: 0 };
  try {
    const records = await log.records({ sequence, n: LAST_N }, PAGE);
    const first = decodeRecord(records[0]!);
    const entries = records.at(-1)!.position.sequence - sequence;
    const bytes = records.reduce((sum, { frame }) => sum + frame.length, 0);
    const receivedAt = first.type === 'entry' ? first.entry.receivedAt : now;
    return { bytes: Math.round((bytes * lacking) / entries), seconds: Math.max(0, now - receivedAt) / 1000 };
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}
