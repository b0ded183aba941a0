import { RequestSigner } from '@hooklog/http-peer';
import {
  ANY_STORE,
  decodeReconcileAnswer,
  encodeReconcileRequest,
  parsePeerUrl,
  type ReconcileAnswer,
  SyncError,
  type Window,
} from '@hooklog/sync-protocol';

const RECONCILE_PATH = '/peer/v1/reconcile';
const CONTENT_TYPE = 'application/vnd.hooklog.reconcile';
const ANSWER_MS_MAX = 30_000;
const TEXT_CHARS_MAX = 300;
const EMPTY = Buffer.alloc(0);

/** What a node says of itself before anything is compared. */
export interface Opened {
  readonly clockMs: number;
  /** its clock less the one of this machine */
  readonly clockAheadMs: number;
  /** unix seconds */
  readonly floor: number;
  readonly pending: number;
}

/** A running node that answers questions of a comparison. */
export class AskedNode {
  readonly url: string;
  /** Bodies of requests and answers. */
  bytes = 0;
  readonly #signer: RequestSigner | undefined;

  constructor(url: string, clusterSecret: string) {
    this.url = parsePeerUrl(url);
    this.#signer = clusterSecret === '' ? undefined : new RequestSigner(clusterSecret, Date.now);
  }

  async open(): Promise<Opened> {
    const sentMs = Date.now();
    const { clock, floor, pending } = await this.#ask({ from: 0, to: 0 }, EMPTY);
    const halfWayMs = (sentMs + Date.now()) / 2;
    return { clockMs: clock, clockAheadMs: Math.round(clock - halfWayMs), floor, pending };
  }

  async answer(window: Window, message: Buffer): Promise<Buffer> {
    return (await this.#ask(window, message)).message;
  }

  async #ask(window: Window, message: Buffer): Promise<ReconcileAnswer> {
    const body = encodeReconcileRequest({ store: ANY_STORE, window, message });
    const answer = await this.#post(body);
    this.bytes += body.length + answer.length;
    try {
      return decodeReconcileAnswer(answer);
    } catch (error) {
      throw this.explained(error);
    }
  }

  /** An answer that cannot stand names the node that gave it. */
  explained(error: unknown): unknown {
    return error instanceof SyncError
      ? new Error(`${this.url} answered what cannot be: ${error.message}`)
      : error;
  }

  async #post(body: Buffer): Promise<Buffer> {
    const signature = this.#signer?.sign('POST', RECONCILE_PATH, body);
    const response = await fetch(this.url + RECONCILE_PATH, {
      method: 'POST',
      headers: { 'content-type': CONTENT_TYPE, ...(signature && { authorization: signature }) },
      redirect: 'manual',
      body,
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    }).catch((error: unknown) => {
      throw new Error(`${this.url} does not answer: ${reasonOf(error)}`);
    });
    const answer = Buffer.from(await response.arrayBuffer());
    if (!response.ok)
      throw new Error(
        `${this.url} answered ${response.status}${hint(response.status)}: ${printable(answer)}`,
      );
    return answer;
  }
}

function hint(status: number): string {
  if (status === 401 || status === 403)
    return ' (is CLUSTER_SECRET here the one of the nodes, and the clock right?)';
  return status === 404 ? ' (does it run a version that can be compared?)' : '';
}

/** `fetch` fails with the reason in `cause`. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  return cause?.code ?? cause?.message ?? message;
}

function printable(bytes: Buffer): string {
  return bytes
    .toString()
    .slice(0, TEXT_CHARS_MAX)
    .replace(/[^\x20-\x7e]/g, '?');
}
