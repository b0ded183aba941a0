import { identityOf } from '@hooklog/object-id';
import type { Databases } from '../conformance';
import { rowsOf } from '../conformance/rows';
import { ROLLBACK } from '../cut/taken';
import { OrderedLog } from '../ordered-log';
import { decodeLocation } from '../rows/index-rows';
import { copyOf, emptyMemory } from './memory';

/** Rows of an index that is built anew from a log. */
export async function rebuiltRows(log: Databases['log'], store = 'f'.repeat(16)): Promise<string[]> {
  const index = emptyMemory();
  const rebuilt = await OrderedLog.open({ log: await copyOf(log), index, node: 'x', newStoreId: store });
  const rows = await rowsOf(index);
  await rebuilt.close();
  return rows;
}

/**
 * Where the index of a log that was cut is another one than one built anew: differences that nobody may see. Names
 * of entries that are never cut stay when their receipts are gone; a body that was known once stays known; of
 * entries that wait under one name any may have it.
 */
export async function disagreements(log: OrderedLog, { log: rows, index }: Databases): Promise<string[]> {
  await log.find(Buffer.alloc(4) as never); // a read waits for the index
  const along = byKey(await rowsOf(index));
  const anew = byKey(await rebuiltRows(rows));
  const wrong: string[] = [];
  const wasCut = (await log.metaNames(ROLLBACK)).length > 0;
  for (const [key, value] of anew) {
    const own = along.get(key);
    if (own === undefined) wrong.push(`lacks ${key}`);
    else if (own !== value && !(wasCut && mayDiffer(key, own, value, along)))
      wrong.push(`${key}: ${own}, not ${value}`);
  }
  for (const [key, value] of along) {
    if (anew.has(key) || key.startsWith('B')) continue;
    if (!(wasCut && isKeptName(key, value, log))) wrong.push(`has ${key}: ${value}`);
  }
  return [...wrong, ...wrongFingerprints(log, along)];
}

/** Keys that the fingerprints have or lack, and the rows of keys tell otherwise. */
function wrongFingerprints(log: OrderedLog, along: ReadonlyMap<string, string>): string[] {
  const own = new Set<string>();
  for (let i = 0; i < log.fingerprints.size; i++) own.add(`K ${log.fingerprints.keyAt(i).toString('hex')}`);
  const named = [...along].filter(([row, value]) => row.startsWith('K') && at(value) !== 'alias');
  const lacking = named.filter(([row]) => !own.delete(row)).map(([row]) => `lacks the fingerprint of ${row}`);
  return [...lacking, ...[...own].map((row) => `has a fingerprint of ${row}`)];
}

function byKey(rows: readonly string[]): Map<string, string> {
  return new Map(
    rows.map((row) => [row.slice(0, row.lastIndexOf(' ')), row.slice(row.lastIndexOf(' ') + 1)]),
  );
}

function mayDiffer(key: string, own: string, anew: string, along: ReadonlyMap<string, string>): boolean {
  if (key.startsWith('D')) return true; // one key, received twice in its second
  if (key.startsWith('I')) {
    const location = along.get(`K ${own}`);
    const isThat = key === `I ${identityOf(Buffer.from(own, 'hex') as never).toString('hex')}`;
    return isThat && location !== undefined && (isPending(location) || !isPending(along.get(`K ${anew}`)!));
  }
  return key.startsWith('K') && isPending(anew) && at(own) !== 'log';
}

function isKeptName(key: string, value: string, log: OrderedLog): boolean {
  if (!key.startsWith('K')) return false;
  const location = decodeLocation(Buffer.from(value, 'hex'));
  return location.at === 'alias' && location.sequence <= log.committed.sequence;
}

function isPending(value: string): boolean {
  return at(value) === 'pending';
}

function at(value: string): string {
  return decodeLocation(Buffer.from(value, 'hex')).at;
}
