import type { PendingRecord } from '../frame/frame';
import type { LogLimits } from '../limits';
import { type Change, writeBatch } from '../rows/database';
import { encodeU64 } from '../rows/index-rows';
import { callerMetaKey, pendingKey } from '../rows/keys';
import type { LogRows } from '../rows/log-rows';
import { CUTS_ROW, readMarks } from '../rows/marks';
import { wholePending } from '../rows/pending-rows';

/** Name of the rows that hold damaged pending frames as they are: `damaged/<arrival>`, 12 digits. */
export const SET_ASIDE = 'damaged/';

/** Takes damaged frames out of what is pending, keeps their bytes, and returns their arrivals. */
export async function setAside(rows: LogRows, limits: LogLimits): Promise<number[]> {
  const page = { bytesMax: limits.pageBytesMax, rowsMax: limits.pageEntriesMax };
  const last = (await rows.pending.last()) ?? 0;
  const arrivals: number[] = [];
  for (let after = 0; after < last;) {
    const records = await rows.pending.rawPage(after, last, page);
    const bad = records.filter((record) => wholePending(record) === undefined);
    if (bad.length > 0) await moveAway(bad, rows);
    arrivals.push(...bad.map(({ arrival }) => arrival));
    after = records.at(-1)?.arrival ?? last;
  }
  return arrivals;
}

/** An index that was written before still names them. */
async function moveAway(bad: readonly PendingRecord[], { database }: LogRows): Promise<void> {
  const { cuts } = await readMarks(database);
  const changes: Change[] = [{ key: CUTS_ROW, value: encodeU64(cuts + 1) }];
  for (const { arrival, frame } of bad) {
    changes.push({ key: callerMetaKey(`${SET_ASIDE}${String(arrival).padStart(12, '0')}`), value: frame });
    changes.push({ key: pendingKey(arrival) });
  }
  await writeBatch(database, changes, true);
}
