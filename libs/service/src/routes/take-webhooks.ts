import { once, setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { ObjectIdError } from '@hooklog/object-id';
import { type Appended, type Candidate, LogError } from '@hooklog/ordered-log';
import { LOCAL_CONCERN, SyncError } from '@hooklog/sync-protocol';
import { refuseEncoded, sourceOf } from '../http/body-reader';
import { type Line, LineSplitter } from '../http/lines';
import { Measures, NO_SOURCE } from '../measures/measures';
import { problemFrom } from '../problem/problem';
import { RequestError } from '../problem/request-error';
import { type Acknowledged, acknowledgedText } from './acknowledged';
import { keptHeaders } from './kept-headers';
import { queryOf } from './query';
import { candidateOf, type TakeWebhook, type TakeWebhookOptions } from './take-webhook';
import { ALONE, aloneOf, type AskedConcern, concernIn, confirmed, leavingOf } from './write-concern';

/** Chunks of the request whose lines are being stored at once; the next one is read when the first is answered. */
const PAGES_IN_FLIGHT_MAX = 128;
/** The same for the lines in them: four full batches of the log, and a part of what it queues before it refuses. */
const LINES_IN_FLIGHT_MAX = 4_096;
/** Where each of them also takes one of the places of those who wait for other nodes: some are left to others. */
const WAITING_LINES_MAX = 1_024;
/** A client that takes none of its answers for so long is cut. */
const STALLED_READER_MS = 60_000;
const BLANK = /^[ \t\r]*$/;
/** A longer line is not looked at whether it is blank. */
const BLANK_BYTES_MAX = 64;

type Options = TakeWebhookOptions & { readonly measures: Measures };

/** What all lines of one request share. */
interface Stream {
  readonly source: string;
  readonly asked: AskedConcern;
  readonly headers: Candidate['headers'];
  /** aborted when the client leaves */
  readonly client: AbortSignal;
}

/** Lines that came in one chunk, and the bytes that they hold. */
interface Page {
  readonly lines: readonly Line[];
  readonly bytes: number;
}

/** A line that is an entry, or why it is none. */
type Read = Candidate | Error;

/**
 * What POST /webhooks does: each line is a document, and is stored like the body of a POST /webhook while the next
 * ones arrive. A line answers it, in the same order: what POST /webhook answers, or a problem. Blank lines are no
 * lines. No more is read than is stored, and no more is stored than the client takes the answers of.
 */
export function takeWebhooks(given: TakeWebhookOptions): TakeWebhook {
  const options = { measures: new Measures(), ...given };
  return async (req, res) => {
    const source = sourceOf(req);
    const place = options.overload.enter(source);
    try {
      const asked = concernIn({ query: queryOf(req) });
      refuseEncoded(req.headers['content-encoding']);
      await options.disk.admit();
      const headers = keptHeaders(req.headers).filter(([name]) => name !== 'content-type');
      const client = leavingOf(res);
      // each line may wait for other nodes, and until its client leaves
      setMaxListeners(0, client);
      const stream = { source, asked, headers, client };
      res.writeHead(200, { 'content-type': 'application/x-ndjson' });
      res.setTimeout(STALLED_READER_MS, () => res.destroy());
      await answerPages(options, pagesOf(options, stream, req), res, stream);
      res.end();
    } finally {
      place.leave();
    }
  };
}

/** The bytes of a page count as held until it is answered, and those of a line that has not ended too. */
async function* pagesOf(
  { bodies }: TakeWebhookOptions,
  { source }: Stream,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Page> {
  const splitter = new LineSplitter(bodies.bodyBytesMax);
  try {
    for await (const chunk of chunks) {
      const before = splitter.bytes;
      const lines = splitter.push(chunk);
      bodies.hold(source, chunk.length);
      // what has not ended cannot be answered: without room for it the connection is cut
      const refusal = lines.length === 0 ? bodies.refusalOf(source) : undefined;
      if (refusal) throw refusal;
      yield { lines, bytes: before + chunk.length - splitter.bytes };
    }
    const bytes = splitter.bytes;
    yield { lines: splitter.end(), bytes };
  } finally {
    bodies.hold(source, -splitter.bytes);
  }
}

/** Many pages are stored at once; their answers go out in order. */
async function answerPages(
  options: Options,
  pages: AsyncIterable<Page>,
  res: ServerResponse,
  stream: Stream,
): Promise<void> {
  const { bodies } = options;
  const inFlight: { readonly lines: number; readonly answered: Promise<void> }[] = [];
  const linesMax = stream.asked.concern === LOCAL_CONCERN ? LINES_IN_FLIGHT_MAX : WAITING_LINES_MAX;
  let linesInFlight = 0;
  let last = Promise.resolve();
  for await (const { lines, bytes } of pages) {
    const answers = storePage(options, lines, stream).finally(() => bodies.hold(stream.source, -bytes));
    last = Promise.all([answers, last]).then(([text]) => send(res, text, stream.client));
    // the loop, or what follows it, hears of it: this only says that somebody does
    last.catch(() => undefined);
    inFlight.push({ lines: lines.length, answered: last });
    linesInFlight += lines.length;
    while (inFlight.length >= PAGES_IN_FLIGHT_MAX || linesInFlight > linesMax) {
      const first = inFlight.shift()!;
      await first.answered;
      linesInFlight -= first.lines;
    }
  }
  await last;
}

async function send(res: ServerResponse, text: string, client: AbortSignal): Promise<void> {
  if (text === '') return;
  client.throwIfAborted();
  if (!res.write(text)) await once(res, 'drain', { signal: client });
}

/** The answers to the lines of a page, each with its line end. */
async function storePage(options: Options, lines: readonly Line[], stream: Stream): Promise<string> {
  const written = lines.filter((line) => !isBlank(line));
  if (written.length === 0) return '';
  try {
    const refusal = options.bodies.refusalOf(stream.source);
    if (refusal) throw refusal;
    await options.disk.admit();
    (options.concerns ?? ALONE).admit(stream.asked.concern);
  } catch (error) {
    return problemText(error, options, written.length).repeat(written.length);
  }
  const answers = await storeLines(options, written, stream);
  if (stream.asked.concern === LOCAL_CONCERN) return aloneText(options, answers);
  return (await Promise.all(answers.map((answer) => textOf(options, answer, stream)))).join('');
}

async function storeLines(
  options: TakeWebhookOptions,
  lines: readonly Line[],
  stream: Stream,
): Promise<readonly (Appended | Error)[]> {
  const read = lines.map((line) => readLine(options, line, stream));
  const candidates = read.filter((each): each is Candidate => !(each instanceof Error));
  let stored: readonly (Appended | Error)[];
  try {
    stored = await options.log.appendAll(candidates);
  } catch (error) {
    stored = candidates.map(() => coded(error));
  }
  let next = 0;
  return read.map((each) => (each instanceof Error ? each : stored[next++]!));
}

function readLine(options: TakeWebhookOptions, line: Line, { headers }: Stream): Read {
  const { bodyBytesMax } = options.bodies;
  if (line === undefined)
    return new RequestError('BODY_TOO_LARGE', `A line has at most ${bodyBytesMax} bytes here.`, {
      members: { bodyBytesMax },
    });
  try {
    return candidateOf(options, line, 'json', headers);
  } catch (error) {
    return coded(error);
  }
}

/** Of lines that wait for no other node. */
function aloneText(options: Options, answers: readonly (Appended | Error)[]): string {
  let text = '';
  let stored = 0;
  for (const answer of answers) {
    if (answer instanceof Error) text += problemText(answer, options);
    else {
      text += lineOf(aloneOf(answer));
      stored += 1;
    }
  }
  if (stored > 0) countStored(options, stored);
  return text;
}

/** Of a line that waits for other nodes. */
async function textOf(
  options: Options,
  answer: Appended | Error,
  { asked, client }: Stream,
): Promise<string> {
  if (answer instanceof Error) return problemText(answer, options);
  try {
    const acknowledged = await confirmed(options.concerns ?? ALONE, asked, client, answer);
    countStored(options, 1);
    return lineOf(acknowledged);
  } catch (error) {
    return problemText(error, options);
  }
}

function countStored({ measures }: Options, lines: number): void {
  measures.answers.add(measures.stored(NO_SOURCE), lines);
}

function lineOf(acknowledged: Acknowledged): string {
  return `${acknowledgedText(acknowledged)}\n`;
}

/** @throws what is no coded error of ours: the connection is cut, and the log of the node tells */
function problemText(error: unknown, { measures: { answers } }: Options, lines = 1): string {
  const { code, status, body } = problemFrom(coded(error));
  answers.add(answers.slot(NO_SOURCE, String(status), code), lines);
  return `${body.toString()}\n`;
}

function coded(error: unknown): Error {
  const isOurs = [RequestError, LogError, SyncError, ObjectIdError].some((kind) => error instanceof kind);
  if (isOurs) return error as Error;
  throw error;
}

function isBlank(line: Line): boolean {
  return line !== undefined && line.length <= BLANK_BYTES_MAX && BLANK.test(line.toString('latin1'));
}
