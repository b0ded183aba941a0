import type { IncomingMessage } from 'node:http';
import { SyncError, type SyncErrorCode, Waiting } from '@hooklog/sync-protocol';
import type { PeerLimits } from './limits';
import { BodyCheck } from './signed-body';
import { after } from './timer';

/** How long a body may pause (ms), and the code of the error when it pauses longer. */
interface Silence {
  readonly silenceMs: number;
  readonly code: SyncErrorCode;
}

/**
 * The whole body, counted while it arrives. The connection stays usable for the error's answer.
 * @throws SyncError `code` beyond `bytesMax`, when nothing comes for `silenceMs`, or when the sender goes away before the end; `SIGNATURE_WRONG` when another body was signed
 */
export async function readBody(
  request: IncomingMessage,
  { bytesMax, silenceMs }: { readonly bytesMax: number; readonly silenceMs: number },
  code: SyncErrorCode,
): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) throw tooLarge(request, declared, bytesMax, code);
  if (request.destroyed) throw cutShort(code, 0);
  const check = new BodyCheck(request);
  const body = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): void => {
      silence.refresh();
      bytes += chunk.length;
      if (bytes > bytesMax) return refuse(tooLarge(request, bytes, bytesMax, code));
      check.update(chunk);
      chunks.push(chunk);
    };
    const finish = (): void => {
      leave();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes));
    };
    const cut = (): void => refuse(cutShort(code, bytes));
    const refuse = (error: SyncError): void => {
      leave();
      chunks.length = 0;
      discardRest(request);
      reject(error);
    };
    const leave = (): void => {
      clearTimeout(silence);
      request.off('data', take).off('end', finish).off('error', cut).off('close', cut);
    };
    const silence = setTimeout(() => refuse(silent(code, silenceMs)), silenceMs);
    request.on('data', take).on('end', finish).on('error', cut).on('close', cut);
  });
  check.finish();
  return body;
}

/** The whole body of another node's request. @throws SyncError `BAD_FRAME` as `readBody` */
export function readPeerBody(
  request: IncomingMessage,
  bytesMax: number,
  { streamSilenceMs }: Pick<PeerLimits, 'streamSilenceMs'>,
): Promise<Buffer> {
  return readBody(request, { bytesMax, silenceMs: streamSilenceMs }, 'BAD_FRAME');
}

/** The body as it arrives. Leaving early keeps the connection: somebody may still want to answer. */
function chunksOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return {
    [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>,
  };
}

/**
 * The body as it arrives, for as long as somebody waits for the answer. Its end comes only if it is what was signed.
 * @throws SyncError `code` when nothing comes for `silenceMs`, `SIGNATURE_WRONG` at the end; AbortError once `gone`
 */
export async function* chunksWhile(
  request: IncomingMessage,
  gone: AbortSignal,
  silence: Silence,
): AsyncGenerator<Buffer, void, undefined> {
  const chunks = chunksOf(request)[Symbol.asyncIterator]();
  const check = new BodyCheck(request);
  try {
    for (;;) {
      const next = await nextWhile(chunks, gone, silence);
      if (next.done) return check.finish();
      check.update(next.value);
      yield next.value;
    }
  } finally {
    // Not awaited: it would wait for a chunk that may never come.
    chunks.return?.().catch(() => undefined);
  }
}

async function nextWhile(
  chunks: AsyncIterator<Buffer>,
  gone: AbortSignal,
  { silenceMs, code }: Silence,
): Promise<IteratorResult<Buffer>> {
  const waiting = new Waiting(gone, after).expireIn(silenceMs);
  try {
    const next = await Promise.race([chunks.next(), waiting.over()]);
    if (next) return next;
    gone.throwIfAborted();
    throw silent(code, silenceMs);
  } finally {
    waiting.release();
  }
}

/** Lets the rest of a refused body flow away unread, so that the sender gets to the answer. */
export function discardRest(request: IncomingMessage): void {
  request.removeAllListeners('readable');
  request.resume();
}

function silent(code: SyncErrorCode, silenceMs: number): SyncError {
  return new SyncError(code, `nothing more came for ${silenceMs} ms`);
}

function cutShort(code: SyncErrorCode, bytes: number): SyncError {
  return new SyncError(code, 'the body was cut short', bytes);
}

function tooLarge(request: IncomingMessage, bytes: number, bytesMax: number, code: SyncErrorCode): SyncError {
  discardRest(request);
  return new SyncError(code, `a body of ${bytes} bytes or more, ${bytesMax} are allowed`);
}
