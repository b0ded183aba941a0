import { type Digest, type EntryKind, identify } from '@hooklog/object-id';
import { LogError, OrderedLog } from '@hooklog/ordered-log';
import { memoryStore } from '../testing/served-node';
import { SAME_BODY_MAX, SeenEvents } from './seen-events';

const digestOf = (body: string): Digest => identify(Buffer.from(body), 0, { kind: 'bytes' }).digest;
const event = (id: string, body: string, source = 'github') =>
  ({ source, id, digest: digestOf(body), kind: 'bytes' }) as const;

let log: OrderedLog;
beforeEach(async () => {
  log = await OrderedLog.open({ ...memoryStore(), node: 'here' });
  await log.lead();
});
afterEach(() => log.close());

interface StoreOptions {
  readonly source?: string;
  readonly kind?: EntryKind;
  readonly seconds?: number;
}

/** An entry of the log, received so many seconds behind a whole minute. */
async function store(
  eventId: string,
  text: string,
  { source = 'github', kind = 'bytes', seconds = 0 }: StoreOptions = {},
): Promise<void> {
  const body = Buffer.from(text);
  const receivedAt = 1_763_635_860_000 + seconds * 1000;
  const named = { kind, source, eventId };
  const { key, digest } = identify(body, receivedAt, named);
  await log.append({ key, digest, receivedAt, ...named, headers: [], body });
}

describe('seen events', () => {
  it('flag an id with another body, and a body with another id, but no retry', async () => {
    const seen = new SeenEvents(log);
    expect(await seen.see(event('1', 'a'))).toEqual([]);
    expect(await seen.see(event('1', 'a'))).toEqual([]);
    expect(await seen.see(event('1', 'b'))).toEqual(['ID_REUSED']);
    expect(await seen.see(event('2', 'a'))).toEqual(['BODY_SEEN']);
    expect(await seen.see(event('2', 'b'))).toEqual(['ID_REUSED', 'BODY_SEEN']);
    expect(await seen.see(event('1', 'a'))).toEqual([]);
    expect(await seen.see(event('3', 'c'))).toEqual([]);
  });

  it('are those of one source', async () => {
    const seen = new SeenEvents(log);
    await seen.see(event('1', 'a'));
    expect(await seen.see(event('2', 'a', 'shopify'))).toEqual([]);
    expect(await seen.see(event('1', 'b', 'shopify'))).toEqual([]);
  });

  it('find a body that came before the node started in its log', async () => {
    await store('1', 'a');
    const seen = new SeenEvents(log);
    expect(await seen.see(event('1', 'a'))).toEqual([]);
    const another = new SeenEvents(log);
    expect(await another.see(event('2', 'a'))).toEqual(['BODY_SEEN']);
    expect(await another.see(event('1', 'a'))).toEqual([]);
    expect(await another.see(event('2', 'a', 'shopify'))).toEqual([]);
  });

  it('find a body of this source behind those of others, and one of its kind', async () => {
    await store('other', 'a', { source: 'shopify' });
    await store('message', 'a', { kind: 'message' });
    expect(await new SeenEvents(log).see(event('2', 'a'))).toEqual([]);
    await store('1', 'a', { seconds: 1 });
    expect(await new SeenEvents(log).see(event('2', 'a'))).toEqual(['BODY_SEEN']);
    expect(await new SeenEvents(log).see(event('1', 'a'))).toEqual([]);
  });

  it('look at so many entries with one body, and not further', async () => {
    await store('1', 'a', { source: 'github', seconds: SAME_BODY_MAX });
    for (let i = 1; i < SAME_BODY_MAX; i++) await store(`${i}`, 'a', { source: 'shopify', seconds: i });
    expect(await new SeenEvents(log).see(event('2', 'a'))).toEqual(['BODY_SEEN']);
    await store('one more', 'a', { source: 'shopify' });
    expect(await new SeenEvents(log).see(event('2', 'a'))).toEqual([]);
  });

  it('flag the second one of two at once', async () => {
    const seen = new SeenEvents(log);
    const both = [seen.see(event('1', 'a')), seen.see(event('2', 'a'))];
    expect(await Promise.all(both)).toEqual([[], ['BODY_SEEN']]);
  });

  it('keep nothing out because an entry with the same body is damaged, but do not hide that a store failed', async () => {
    const failing = (code: 'DAMAGED' | 'STORE_FAILED') =>
      new SeenEvents({
        mayHaveBody: () => true,
        async *eventsWithBody() {
          await Promise.reject(new LogError(code, 'unreadable'));
        },
      });
    expect(await failing('DAMAGED').see(event('1', 'a'))).toEqual([]);
    await expect(failing('STORE_FAILED').see(event('1', 'a'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
  });

  it('forget the oldest when there are too many', async () => {
    const seen = new SeenEvents(log, 2);
    for (const id of ['1', '2', '3']) await seen.see(event(id, id));
    expect(await seen.see(event('3', 'x'))).toEqual(['ID_REUSED']);
    expect(await seen.see(event('1', 'y'))).toEqual([]);
  });
});
