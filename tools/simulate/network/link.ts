import {
  type AppendAnswer,
  type AppendRequest,
  decodeAnswer,
  decodePromiseAnswer,
  decodeRecordsAnswer,
  encodeAppend,
  encodePromiseRequest,
  encodeRecordsRequest,
  type PeerLink,
  type PromiseAnswer,
  type PromiseRequest,
  type RecordsAnswer,
  type RecordsRequest,
} from '@hooklog/sync-protocol';
import { Violation } from '../checks/violation';
import type { World } from '../world/world';
import type { Caller, Host, Network } from './network';
import { Stream } from './stream';

/** What a node answers to others: bytes to bytes, as over HTTP. */
export interface PeerServer {
  append(request: Buffer): Promise<Buffer>;
  promise(request: Buffer): Promise<Buffer>;
  records(request: Buffer): Promise<Buffer>;
  /** Resolves once it begins to write. */
  pending(store: string, after: number, stream: Stream): Promise<void>;
}

export interface LinkTimes {
  readonly answerMs: number;
  readonly streamSilenceMs: number;
}

/** The way of one process to one other node. */
export class Link implements PeerLink {
  #appending = false;

  constructor(
    private readonly world: World,
    private readonly network: Network,
    private readonly caller: Caller,
    private readonly host: Host<PeerServer>,
    private readonly times: LinkTimes,
  ) {}

  async append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer> {
    const bytes = encodeAppend(request);
    if (this.#appending)
      this.world.fail(new Violation('BOUNDED', `${this.caller.name} sends two appends at once`));
    this.#appending = true;
    try {
      return decodeAnswer(await this.ask((server) => server.append(bytes), signal));
    } finally {
      this.#appending = false;
    }
  }

  async promise(request: PromiseRequest, signal: AbortSignal): Promise<PromiseAnswer> {
    const bytes = encodePromiseRequest(request);
    return decodePromiseAnswer(await this.ask((server) => server.promise(bytes), signal));
  }

  async records(request: RecordsRequest, signal: AbortSignal): Promise<RecordsAnswer> {
    const bytes = encodeRecordsRequest(request);
    return decodeRecordsAnswer(await this.ask((server) => server.records(bytes), signal), request);
  }

  async pending(store: string, after: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { world, network, caller, host, times } = this;
    const stream = new Stream(world, network, caller, host, times.streamSilenceMs);
    const leave = (): void => stream.close(signal.reason as Error);
    signal.addEventListener('abort', leave);
    try {
      await this.ask((server) => server.pending(store, after, stream), signal);
    } catch (error) {
      stream.close(error as Error);
      throw error;
    }
    return stream;
  }

  close(): void {
    // nothing is kept between two requests
  }

  private ask<Answer>(
    question: (server: PeerServer) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { answerMs } = this.times;
    return this.network.call(this.caller, this.host, question, { signal, answerMs });
  }
}
