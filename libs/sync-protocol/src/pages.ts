import type { MessageDecoder, StreamMessage } from './stream-codec';

export interface PageLimits {
  readonly pageBytesMax: number;
  readonly pageEntriesMax: number;
}

/** What turns messages into pages: a Collector or an EntriesReceiver. */
export interface PageSource<Page> {
  readonly full: boolean;
  accept(message: StreamMessage): void;
  takePage(): Page | undefined;
}

/**
 * Pages of what has arrived: as large as the limits allow while bytes come fast, small and at once while they come
 * slowly. When the stream fails, what came before is yielded first, then the failure is thrown. A page that the
 * caller could not append is the last one: none behind it is yielded.
 */
export async function* pagesOf<Page>(
  chunks: AsyncIterable<Buffer>,
  decoder: MessageDecoder,
  source: PageSource<Page>,
): AsyncGenerator<Page, void, undefined> {
  try {
    for await (const chunk of chunks) {
      for (const message of decoder.push(chunk)) {
        source.accept(message);
        if (source.full) yield* pageOf(source);
      }
      yield* pageOf(source);
    }
    decoder.end();
  } catch (error) {
    yield* pageOf(source);
    throw error;
  }
}

function* pageOf<Page>(source: PageSource<Page>): Generator<Page, void, undefined> {
  const page = source.takePage();
  if (page !== undefined) yield page;
}
