import type { Receipt } from '../frame/record';
import { comparePositions, type Position } from '../position';
import type { Change, PageLimits } from '../rows/database';
import { nameRow } from '../rows/index-rows';
import { decodeOwn, type LogRows } from '../rows/log-rows';

interface Names {
  readonly rows: LogRows;
  readonly page: PageLimits;
}

/** Where the log ends after the cut, and what of it is never cut. */
interface Kept {
  readonly end: Position;
  readonly committed: Position;
}

/**
 * Index rows of keys (latin1) that were names of entries by these receipts, and are no more once those are cut. One
 * of an entry that is never cut stays: it leads to the right event, which a rebuilt index has no receipt to tell.
 */
export async function freedNames(
  receipts: readonly Receipt[],
  kept: Kept,
  names: Names,
): Promise<ReadonlyMap<string, Change>> {
  const freed = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const { key, sequence, sameKey } = receipt;
    if (!sameKey && sequence > kept.committed.sequence) freed.set(key.toString('latin1'), receipt);
  }
  if (freed.size === 0) return new Map();
  await leaveNamed(freed, kept.end, names);
  // entries of this store that wait for receipts of their own: their keys were names
  const hidden = await names.rows.pending.named(new Set(freed.keys()), names.page);
  const rowOf = ({ key }: Receipt, text: string): Change => {
    const arrival = hidden.get(text);
    return nameRow(key, arrival === undefined ? undefined : { at: 'pending', arrival });
  };
  return new Map([...freed].map(([text, receipt]) => [text, rowOf(receipt, text)]));
}

/** Another receipt of the same key, which stays, still makes it a name. It stands behind the entry that both name. */
async function leaveNamed(freed: Map<string, Receipt>, end: Position, { rows, page }: Names): Promise<void> {
  const sequences = [...freed.values()].map(({ sequence }) => sequence);
  let at: Position = { sequence: Math.min(...sequences), n: 0 };
  while (comparePositions(at, end) < 0) {
    const records = await rows.page(at, end, page);
    for (const record of records.map(decodeOwn)) {
      if (record.type === 'receipt' && !record.receipt.sameKey)
        freed.delete(record.receipt.key.toString('latin1'));
    }
    at = records.at(-1)!.position;
  }
}
