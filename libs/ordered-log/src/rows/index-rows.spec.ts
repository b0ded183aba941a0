import { taken, webhook } from '../conformance/webhooks';
import { rowsOfEntry } from './index-rows';

it('rows of an entry share no memory with its key, which may be a part of all that came with it', () => {
  const entry = taken(1, webhook('a', { eventId: 'one' }));
  const rows = rowsOfEntry(entry, { at: 'log', sequence: 1 });
  expect(rows.some(({ value }) => value?.equals(entry.key))).toBe(true);
  const before = rows.map(({ key, value }) => [key.toString('hex'), value?.toString('hex')]);
  entry.key.fill(0);
  expect(rows.map(({ key, value }) => [key.toString('hex'), value?.toString('hex')])).toEqual(before);
});
