import type { Readable } from 'node:stream';
import { SyncError } from '@hooklog/sync-protocol';

export interface ArrivingLimits {
  /** bytes kept while nobody takes them; then the stream waits */
  readonly bytesMax: number;
  /** without a byte for this time the stream is dead */
  readonly silenceMs: number;
}

/**
 * What a stream brings, joined while the taker is busy. Unlike the stream's own iterator it first yields what came
 * before a cut. Destroys the stream when it is left early.
 * @throws SyncError `PEER_UNREACHABLE` on a cut or on silence
 */
export async function* arriving(
  stream: Readable,
  limits: ArrivingLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const intake = new Intake(stream, limits);
  try {
    for (let chunk = await intake.take(); chunk; chunk = await intake.take()) yield chunk;
  } finally {
    stream.destroy();
  }
}

/**
 * All that a stream brings; undefined, and the stream is destroyed, when that is more than `bytesMax`. Who gives it a
 * time destroys it at the end of that.
 * @throws SyncError `PEER_UNREACHABLE` on a cut
 */
export function arrived(stream: Readable, bytesMax: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= bytesMax) return;
      resolve(undefined);
      stream.destroy();
    });
    stream.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)));
    stream.once('error', (error) => reject(cut(error.message)));
    // an error with its stack costs more than a short answer: only where there is none
    stream.once('close', () => {
      if (!stream.readableEnded) reject(cut('closed before its end'));
    });
  });
}

class Intake {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private end: 'open' | 'ended' | SyncError = 'open';
  private notify: () => void = () => undefined;

  constructor(
    private readonly stream: Readable,
    private readonly limits: ArrivingLimits,
  ) {
    stream.on('data', (chunk: Buffer) => this.add(chunk));
    stream.on('end', () => this.finish('ended'));
    stream.on('error', (error) => this.finish(cut(error.message)));
    stream.on('close', () => {
      if (this.end === 'open') this.finish(cut('closed before its end'));
    });
  }

  async take(): Promise<Buffer | undefined> {
    if (this.bytes === 0 && this.end === 'open') await this.news();
    if (this.bytes > 0) return this.takeAll();
    if (this.end === 'ended') return undefined;
    throw this.end === 'open' ? silent(this.limits.silenceMs) : this.end;
  }

  private async news(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.notify = resolve;
      timer = setTimeout(resolve, this.limits.silenceMs);
    });
    clearTimeout(timer);
  }

  private takeAll(): Buffer {
    const all = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = [];
    this.bytes = 0;
    this.stream.resume();
    return all;
  }

  private add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes >= this.limits.bytesMax) this.stream.pause();
    this.notify();
  }

  private finish(end: 'ended' | SyncError): void {
    if (this.end === 'open') this.end = end;
    this.notify();
  }
}

function cut(reason: string): SyncError {
  return new SyncError('PEER_UNREACHABLE', `the connection was cut (${reason})`);
}

function silent(silenceMs: number): SyncError {
  return new SyncError('PEER_UNREACHABLE', `nothing came for ${silenceMs} ms`);
}
