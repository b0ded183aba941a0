import { type EntryKind, eventNameOf, identify, identityOf } from '@hooklog/object-id';
import { type Candidate, LogError, OrderedLog } from '@hooklog/ordered-log';
import { FLAGS_HEADER } from '../routes/kept-headers';
import { memoryStore } from '../testing/served-node';
import { SAME_BODY_MAX, type SeenEvent, SeenEvents } from './seen-events';

interface EventOptions {
  readonly source?: string;
  readonly kind?: EntryKind;
  /** behind a whole minute */
  readonly seconds?: number;
  readonly isUnsigned?: boolean;
  readonly flags?: string;
}

function entry(eventId: string, text: string, options: EventOptions = {}): Candidate {
  const { source = 'github', kind = 'bytes', seconds = 0, isUnsigned = true, flags } = options;
  const body = Buffer.from(text);
  const receivedAt = 1_763_635_860_000 + seconds * 1000;
  const named = { kind, source, eventId };
  const { key, digest } = identify(body, receivedAt, { ...named, isUnsigned });
  const headers = flags === undefined ? [] : [[FLAGS_HEADER, flags] as const];
  return { key, digest, receivedAt, ...named, headers, body };
}

let log: OrderedLog;
let seen: SeenEvents;
beforeEach(async () => {
  log = await OrderedLog.open({ ...memoryStore(), node: 'here' });
  await log.lead();
  seen = new SeenEvents(log);
});
afterEach(() => log.close());

const store = async (id: string, text: string, options?: EventOptions) =>
  log.append(entry(id, text, options));

function see(id: string, text: string, options?: EventOptions): SeenEvent | Promise<SeenEvent> {
  const { source = '', kind, digest, key } = entry(id, text, options);
  return seen.see({ source, id, kind, digest, key, name: eventNameOf(key) });
}

/** Of one that is not stored. */
async function flagsOf(id: string, text: string, options?: EventOptions): Promise<readonly string[]> {
  const event = await see(id, text, options);
  event.leave();
  return event.flags;
}

/** Of one that is stored as a request would store it. */
async function flagsStored(id: string, text: string): Promise<readonly string[]> {
  const { flags, leave } = await see(id, text);
  const { duplicate, key } = await store(id, text, flags.length === 0 ? {} : { flags: flags.join(' ') });
  leave();
  return duplicate ? seen.storedFlags(key) : flags;
}

/** Until the bodies of the log are known, every one may be there. */
const untilBodiesKnown = async (): Promise<void> => {
  while (log.mayHaveBody(entry('nobody', `${Math.random()}`).digest)) await log.readMeta('nothing');
};

describe('seen events', () => {
  it('flag an id with another body, and a body with another id, but no retry', async () => {
    expect(await flagsStored('1', 'a')).toEqual([]);
    expect(await flagsStored('1', 'a')).toEqual([]);
    expect(await flagsStored('1', 'b')).toEqual(['ID_REUSED']);
    expect(await flagsStored('2', 'a')).toEqual(['BODY_SEEN']);
    expect(await flagsStored('2', 'b')).toEqual(['ID_REUSED', 'BODY_SEEN']);
    expect(await flagsStored('3', 'c')).toEqual([]);
    // each time again what it was the first time
    expect(await flagsStored('1', 'a')).toEqual([]);
    expect(await flagsStored('1', 'b')).toEqual(['ID_REUSED']);
    expect(await flagsStored('2', 'b')).toEqual(['ID_REUSED', 'BODY_SEEN']);
  });

  it('find what came before the node started, however many came since', async () => {
    const databases = memoryStore();
    await log.close();
    log = await OrderedLog.open({ ...databases, node: 'here' });
    await log.lead();
    await store('1', 'a');
    await log.appendAll(Array.from({ length: 20_000 }, (_, i) => entry(`other ${i}`, `body ${i}`)));
    await log.close();
    log = await OrderedLog.open({ ...databases, node: 'here' });
    await log.lead();
    seen = new SeenEvents(log);
    expect(await flagsOf('1', 'b')).toEqual(['ID_REUSED']);
    expect(await flagsOf('2', 'a')).toEqual(['BODY_SEEN']);
    expect(await flagsOf('other 7', 'body 8')).toEqual(['ID_REUSED', 'BODY_SEEN']);
    expect(await flagsOf('2', 'b')).toEqual([]);
  });

  it('are those of one source', async () => {
    await store('1', 'a');
    expect(await flagsOf('2', 'a', { source: 'shopify' })).toEqual([]);
    expect(await flagsOf('1', 'b', { source: 'shopify' })).toEqual([]);
  });

  it('find a body of this source behind those of others, and one of its kind', async () => {
    await store('other', 'a', { source: 'shopify' });
    await store('message', 'a', { kind: 'message' });
    expect(await flagsOf('2', 'a')).toEqual([]);
    await store('1', 'a', { seconds: 1 });
    expect(await flagsOf('2', 'a')).toEqual(['BODY_SEEN']);
  });

  it('look at so many entries with one body, and not further', async () => {
    await store('1', 'a', { seconds: SAME_BODY_MAX });
    for (let i = 1; i < SAME_BODY_MAX; i++) await store(`${i}`, 'a', { source: 'shopify', seconds: i });
    expect(await flagsOf('2', 'a')).toEqual(['BODY_SEEN']);
    await store('one more', 'a', { source: 'shopify' });
    expect(await flagsOf('2', 'a')).toEqual([]);
  });

  it('wait for nothing where neither the id nor the body was ever there', async () => {
    await store('1', 'a');
    await untilBodiesKnown();
    const all = [see('2', 'b'), see('1', 'c'), see('3', 'a')];
    expect(all.map((event) => event instanceof Promise)).toEqual([false, true, true]);
    for (const event of all) (await event).leave();
  });

  it('flag the second one of two at once, until the first one is there or will not be', async () => {
    const [first, replayed, reused] = await Promise.all([see('1', 'a'), see('2', 'a'), see('1', 'b')]);
    expect([first.flags, replayed.flags, reused.flags]).toEqual([[], ['BODY_SEEN'], ['ID_REUSED']]);
    for (const { leave } of [first, replayed, reused]) leave();
    expect([await flagsOf('2', 'a'), await flagsOf('1', 'b')]).toEqual([[], []]);
  });

  it('take the id with the same body for the event that it names, whatever its identity is made of', async () => {
    const signed = await store('1', 'a', { isUnsigned: false });
    const { key, flags, leave } = await see('1', 'a', { seconds: 5 });
    expect(identityOf(key)).toEqual(identityOf(signed.key));
    expect(flags).toEqual([]);
    expect(await log.append({ ...entry('1', 'a', { seconds: 5 }), key })).toMatchObject({
      sequence: 1,
      duplicate: true,
    });
    leave();
    expect(await flagsOf('1', 'b')).toEqual(['ID_REUSED']);
  });

  it('keep nothing out because an entry with the same body is damaged, but do not hide that a store failed', async () => {
    await store('1', 'a');
    let code: 'DAMAGED' | 'STORE_FAILED' = 'DAMAGED';
    seen = new SeenEvents({
      mayHaveEvent: (prefix) => log.mayHaveEvent(prefix),
      eventKeys: (prefix, limit) => log.eventKeys(prefix, limit),
      find: (key) => log.find(key),
      mayHaveBody: () => true,
      async *eventsWithBody() {
        await Promise.reject(new LogError(code, 'unreadable'));
      },
    });
    expect(await flagsOf('2', 'a')).toEqual([]);
    expect(await flagsOf('1', 'b')).toEqual(['ID_REUSED']);
    code = 'STORE_FAILED';
    await expect(see('3', 'c')).rejects.toMatchObject({ code });
    code = 'DAMAGED';
    // that one is in flight no longer
    expect(await flagsOf('3', 'd')).toEqual([]);
  });
});
