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
import { arriving } from './arriving';
import type { PeerLimits } from './limits';
import type { PeerClient } from './peer-client';
import {
  APPEND_PATH,
  APPEND_TYPE,
  FRAMES_TYPE,
  PENDING_PATH,
  PROMISE_PATH,
  PROMISE_TYPE,
  RECORDS_PATH,
  RECORDS_TYPE,
} from './routes';

/** One other node over HTTP: what `peerRouter` answers there. */
export class HttpLink implements PeerLink {
  constructor(
    private readonly client: PeerClient,
    private readonly limits: PeerLimits,
  ) {}

  async append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer> {
    const body = encodeAppend(request);
    return decodeAnswer(await this.post(APPEND_PATH, APPEND_TYPE, body, this.limits.smallBytesMax, signal));
  }

  async promise(request: PromiseRequest, signal: AbortSignal): Promise<PromiseAnswer> {
    const body = encodePromiseRequest(request);
    return decodePromiseAnswer(
      await this.post(PROMISE_PATH, PROMISE_TYPE, body, this.limits.smallBytesMax, signal),
    );
  }

  async records(request: RecordsRequest, signal: AbortSignal): Promise<RecordsAnswer> {
    const body = encodeRecordsRequest(request);
    const answer = await this.post(RECORDS_PATH, RECORDS_TYPE, body, this.limits.recordsBytesMax, signal);
    return decodeRecordsAnswer(answer, request);
  }

  async pending(store: string, after: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { pageBytesMax: bytesMax, streamSilenceMs: silenceMs } = this.limits;
    const request = { method: 'GET', path: PENDING_PATH, accept: FRAMES_TYPE, signal } as const;
    const response = await this.client.open({ ...request, query: { store, after } });
    return arriving(response, { bytesMax, silenceMs });
  }

  close(): void {
    this.client.close();
  }

  private post(
    path: string,
    contentType: string,
    body: Buffer,
    bytesMax: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    return this.client.request({ method: 'POST', path, contentType, body, signal }, bytesMax);
  }
}
