import { encodePendingFrame, type Entry } from '@hooklog/ordered-log';
import { Collector } from './collector';
import { DiffReceiver } from './diff-receiver';
import { pagesOf } from './pages';
import { encodeMessage, MessageDecoder, type StreamMessage } from './stream-codec';
import { stream } from './testing/chunks';
import { entry } from './testing/webhooks';

const STORE = 'a'.repeat(16);
const LIMITS = { pageBytesMax: 1_000_000, pageEntriesMax: 3 };
const AT = 1_700_000_000;

const messageOf = (one: Entry): StreamMessage => {
  const { arrival } = one.origin;
  return { type: 'entry', arrival, frame: encodePendingFrame(one, arrival) };
};
const pending = (arrival: number): StreamMessage =>
  messageOf(entry(`entry ${arrival}`, AT * 1000 + arrival, arrival));
/** Sorted by key within the second. */
const bySecond = (...seconds: number[]): Entry[] =>
  seconds
    .map((second, i) => entry(`entry ${i}`, (AT + second) * 1000, i + 1))
    .toSorted((a, b) => a.key.compare(b.key));

describe('pages of a pending stream', () => {
  const collector = (after = 0): Collector => new Collector(STORE, after, LIMITS);

  it('end with what has arrived, and at the limit', async () => {
    const chunks = [[1, 2], [3, 4, 5, 6, 7], [], [9]].map((chunk) =>
      Buffer.concat(chunk.map((n) => encodeMessage(pending(n)))),
    );
    expect(await throughs(chunks, collector())).toEqual([2, 5, 7, 9]);
  });

  it('end at the limit of bytes', async () => {
    const source = new Collector(STORE, 0, { pageBytesMax: 1, pageEntriesMax: 100 });
    expect(await throughs([encode(pending(1), pending(2))], source)).toEqual([1, 2]);
  });

  it('before a failure are given out, then the failure', async () => {
    const seen: number[] = [];
    const pages = pagesOf(
      stream([Buffer.concat([encode(pending(1), pending(2)), Buffer.alloc(9)])]),
      new MessageDecoder(1000),
      collector(),
    );
    await expect(each(pages, ({ through }) => seen.push(through))).rejects.toMatchObject({
      code: 'BAD_FRAME',
    });
    expect(seen).toEqual([2]);
  });

  it('behind one that could not be appended are never given out', async () => {
    const seen: number[] = [];
    const chunks = [encode(pending(1)), encode(pending(2), pending(3)), Buffer.alloc(9)];
    const pages = pagesOf(stream(chunks), new MessageDecoder(1000), collector());
    const append = ({ through }: { through: number }): void => {
      seen.push(through);
      throw new Error('disk');
    };
    await expect(each(pages, append)).rejects.toThrow('disk');
    expect(seen).toEqual([1]);
  });

  it.each([
    ['an arrival again', [pending(1), pending(1)], 'BAD_FRAME'],
    ['an arrival before the checkpoint', [pending(5), pending(4)], 'BAD_FRAME'],
    ['an entry of another store', [messageOf(entry('x', AT * 1000, 1, 'b'.repeat(16)))], 'BAD_FRAME'],
    [
      'an arrival that is not the one of the frame',
      [{ ...pending(1), arrival: 2 } as StreamMessage],
      'DAMAGED_FRAME',
    ],
    ['an end', [{ type: 'end', through: 1 }], 'BAD_FRAME'],
  ] satisfies [string, StreamMessage[], string][])('refuse %s', async (_, messages, code) => {
    await expect(throughs([encode(...messages)], collector())).rejects.toMatchObject({ code });
  });

  it('have no gap between the checkpoint and what is given out', async () => {
    expect(
      await throughs([encode(pending(7), { type: 'heartbeat', now: 1 }, pending(8))], collector(6)),
    ).toEqual([8]);
    await expect(throughs([encode(pending(6))], collector(6))).rejects.toMatchObject({ code: 'BAD_FRAME' });
  });
});

describe('pages of an answer to an id list', () => {
  const range = { start: AT, end: AT + 100 };
  const settled = (seconds: number): StreamMessage => ({
    type: 'mark',
    through: AT * 1000,
    settled: (AT + seconds) * 1000,
  });
  const end = (seconds: number): StreamMessage => ({ type: 'end', through: (AT + seconds) * 1000 });
  const synced = async (...messages: StreamMessage[]): Promise<number[]> => {
    const pages: number[] = [];
    const receiver = new DiffReceiver(range, 0, LIMITS);
    await each(pagesOf(stream([encode(...messages)]), new MessageDecoder(1000), receiver), (page) =>
      pages.push(page.synced / 1000 - AT),
    );
    receiver.end();
    return pages;
  };

  it('are synced up to the second of their last entry, at the end up to where the slave came', async () => {
    const entries = bySecond(1, 2, 3, 3, 9).map(messageOf);
    expect(await synced(settled(50), ...entries, end(50))).toEqual([3, 50]);
  });

  it('are never synced behind what the slave calls settled', async () => {
    expect(await synced(settled(2), ...bySecond(1, 2, 3).map(messageOf), end(2))).toEqual([2]);
    expect(await synced(...bySecond(1, 2, 3, 4).map(messageOf), end(0))).toEqual([-AT, 0]);
  });

  it('are synced by marks while there is nothing to send', async () => {
    expect(
      await synced({ type: 'mark', through: (AT + 7) * 1000, settled: (AT + 9) * 1000 }, end(9)),
    ).toEqual([9]);
  });

  it('are never synced behind the range, or before where the last run came', async () => {
    expect(await synced(settled(5000), end(5000))).toEqual([100]);
    const receiver = new DiffReceiver(range, (AT + 60) * 1000, LIMITS);
    for (const message of [settled(50), ...bySecond(1).map(messageOf), end(50)]) receiver.accept(message);
    expect(receiver.takePage()).toMatchObject({ synced: (AT + 60) * 1000 });
  });

  it('may be pending from before the range, and move nothing back', async () => {
    expect(await synced(settled(50), ...bySecond(-1, 3).map(messageOf), end(9))).toEqual([9]);
  });

  it.each([
    ['out of order', bySecond(1, 2).toReversed().map(messageOf), /out of order/],
    ['at the end of the range', bySecond(100).map(messageOf), /asked for/],
    ['behind the end', [end(1), ...bySecond(1).map(messageOf)], /behind the end/],
    ['without an end', bySecond(1).map(messageOf), /before its end/],
  ])('refuse entries %s', async (_, messages, message) => {
    await expect(synced(settled(50), ...messages)).rejects.toMatchObject({
      code: 'BAD_FRAME',
      message: expect.stringMatching(message),
    });
  });
});

function encode(...messages: StreamMessage[]): Buffer {
  return Buffer.concat(messages.map(encodeMessage));
}

async function throughs(chunks: Buffer[], source: Collector): Promise<number[]> {
  const seen: number[] = [];
  await each(pagesOf(stream(chunks), new MessageDecoder(1000), source), ({ through }) => seen.push(through));
  return seen;
}

async function each<Page>(
  pages: ReturnType<typeof pagesOf<Page>>,
  take: (page: Page) => void,
): Promise<void> {
  for await (const page of pages) take(page);
}
