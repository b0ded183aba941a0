import { encodePendingFrame, type Entry } from '@hooklog/ordered-log';
import { Collector } from './collector';
import { EntriesReceiver } from './entries-receiver';
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
    ['an end', [{ type: 'end' }], 'BAD_FRAME'],
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

describe('pages of the entries that were asked for', () => {
  const end: StreamMessage = { type: 'end' };
  const received = async (...messages: StreamMessage[]): Promise<number[][]> => {
    const pages: number[][] = [];
    const receiver = new EntriesReceiver(LIMITS);
    await each(pagesOf(stream([encode(...messages)]), new MessageDecoder(1000), receiver), (page) =>
      pages.push(page.map(({ receivedAt }) => receivedAt / 1000 - AT)),
    );
    receiver.end();
    return pages;
  };

  it('end at the limit, and with what has arrived', async () => {
    const entries = bySecond(1, 2, 3, 3, 9).map(messageOf);
    expect(await received(...entries, { type: 'heartbeat', now: 1 }, end)).toEqual([
      [1, 2, 3],
      [3, 9],
    ]);
    expect(await received(end)).toEqual([]);
  });

  it.each([
    ['out of order', bySecond(1, 2).toReversed().map(messageOf), /out of order/],
    ['behind the end', [end, ...bySecond(1).map(messageOf)], /behind the end/],
    ['without an end', bySecond(1).map(messageOf), /before its end/],
  ])('refuse entries %s', async (_, messages, message) => {
    await expect(received(...messages)).rejects.toMatchObject({
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
