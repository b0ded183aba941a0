import { type EntryKey, printEntryKey } from '@hooklog/object-id';
import { type IdListEvent, IdListParser } from './parser';
import type { ListedId, SecondsRange } from './listed-id';
import { SyncError } from '../sync-error';

const CHUNK_CHARS = 16 * 1024;

/** A list of ids whose range is known and whose ids are still arriving. */
export interface OpenIdList {
  /** undefined in the flat form */
  readonly range: SecondsRange | undefined;
  readonly ids: AsyncGenerator<ListedId, void, undefined>;
}

/**
 * Reads a body as far as its range. Closes `chunks` when that fails, or when the ids are left or read.
 * @throws SyncError `BAD_ID_LIST`, `IDS_UNSORTED`, here or while the ids are read
 */
export async function openIdList(chunks: AsyncIterable<Buffer>): Promise<OpenIdList> {
  const parser = new IdListParser();
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      const events = parser.push(next.value);
      const first = events.next();
      if (first.done) continue;
      const range = first.value.type === 'begin' ? first.value.range : undefined;
      return { range, ids: idsOf(events, parser, source) };
    }
    throw new SyncError('BAD_ID_LIST', 'an empty list', 0);
  } catch (error) {
    await source.return?.();
    throw error;
  }
}

/** One generator for all of it: a list has millions of ids, and each layer costs a turn of the event loop per id. */
async function* idsOf(
  begun: Iterable<IdListEvent>,
  parser: IdListParser,
  source: AsyncIterator<Buffer>,
): AsyncGenerator<ListedId, void, undefined> {
  try {
    for (const event of begun) if (event.type === 'id') yield event.id;
    for (let next = await source.next(); !next.done; next = await source.next()) {
      for (const event of parser.push(next.value)) if (event.type === 'id') yield event.id;
    }
    parser.end();
  } finally {
    await source.return?.();
  }
}

/** The request of a master: the object form with full keys, in chunks of about 16 KiB. `onKey` is called for each. */
export async function* encodeIdList(
  range: SecondsRange,
  keys: AsyncIterable<{ readonly key: EntryKey }>,
  onKey: () => void,
): AsyncGenerator<Buffer, void, undefined> {
  let text = `{"slave_range_start":${range.start},"slave_range_end":${range.end},"master_ids":[`;
  let separator = '';
  for await (const { key } of keys) {
    text += `${separator}"${printEntryKey(key)}"`;
    separator = ',';
    onKey();
    if (text.length < CHUNK_CHARS) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(`${text}]}`, 'latin1');
}
