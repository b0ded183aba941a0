import type { Database } from '../rows/database';

const META = 'M'.charCodeAt(0);

/** All rows but those in which a database speaks of itself, as text: for comparing. */
export async function rowsOf(database: Database): Promise<string[]> {
  const rows = await database.iterator().all();
  const data = rows.filter(([key]) => key[0] !== META);
  return data.map(
    ([key, value]) => `${String.fromCharCode(key[0]!)} ${key.toString('hex', 1)} ${value.toString('hex')}`,
  );
}
