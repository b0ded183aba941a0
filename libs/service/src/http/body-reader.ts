import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestError } from '../problem/request-error';
import { LoopTurns } from './loop-turns';
import { overloaded } from './overload';
import { SERVER_LIMITS } from './server';
import { SlowBodies, type SlowLimits } from './slow-bodies';

export interface BodyLimits {
  /** of one body */
  readonly bodyBytesMax: number;
  /** of all bodies that are being read or stored at once */
  readonly bodyBytesInFlightMax: number;
  /** in (0, 1]: how much of that the bodies of one client address may take */
  readonly sourceShareMax: number;
  /** how slowly a body may come; those of SERVER_LIMITS unless given */
  readonly slow?: Partial<SlowLimits>;
}

const NO_BODY: Buffer = Buffer.alloc(0);

/** Reads request bodies into memory, and never more of them at once than its limits say. */
export class BodyReader {
  readonly #bytesOf = new Map<string, number>();
  #bytesInFlight = 0;
  readonly #turns = new LoopTurns();

  readonly #slow: SlowBodies;

  constructor(private readonly limits: BodyLimits) {
    this.#slow = new SlowBodies({ ...SERVER_LIMITS, ...limits.slow });
  }

  /** Bytes held now. A body counts from its first byte until its request is answered. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  get bodyBytesMax(): number {
    return this.limits.bodyBytesMax;
  }

  /** Why this client may not send more now. */
  refusalOf(source: string): RequestError | undefined {
    return this.#refusalAt(0, 0, source, this.limits.bodyBytesMax);
  }

  /**
   * What can be refused is refused in front of the body: its declared length, if there is one, must have room.
   * @param bodyBytesMax where it is less than that of all bodies
   * @throws RequestError UNSUPPORTED_ENCODING, BODY_TOO_LARGE, OVERLOADED, BODY_INCOMPLETE, REQUEST_TIMEOUT
   */
  async read(
    req: IncomingMessage,
    res: ServerResponse,
    bodyBytesMax = this.limits.bodyBytesMax,
  ): Promise<Buffer> {
    refuseEncoded(req.headers['content-encoding']);
    const source = sourceOf(req);
    const declared = Number(req.headers['content-length'] ?? 0);
    const refusal = this.#refusalAt(declared, declared, source, bodyBytesMax);
    if (refusal !== undefined) throw refusal;
    // node tells of a request in front of its body, which is parsed by the end of the turn if it has arrived
    await this.#turns.next();
    if (req.destroyed || res.closed) throw incomplete(0);
    return req.complete
      ? this.#buffered(req, res, source, bodyBytesMax)
      : this.#whole(req, res, source, bodyBytesMax);
  }

  /** Counts bytes that a client made this node hold, until they are given back as a negative number. */
  hold(source: string, bytes: number): void {
    this.#bytesInFlight += bytes;
    const held = (this.#bytesOf.get(source) ?? 0) + bytes;
    if (held === 0) this.#bytesOf.delete(source);
    else this.#bytesOf.set(source, held);
  }

  /** Most webhooks have arrived as a whole by then: nothing more has to be waited for. */
  #buffered(req: IncomingMessage, res: ServerResponse, source: string, bodyBytesMax: number): Buffer {
    const body = (req.read() as Buffer | null) ?? NO_BODY;
    this.hold(source, body.length);
    res.on('close', () => this.hold(source, -body.length));
    const refusal = this.#refusalAt(body.length, 0, source, bodyBytesMax);
    if (refusal !== undefined) throw refusal;
    return body;
  }

  /** Not `for await`: leaving it early would destroy the request and with it the way to answer. */
  #whole(req: IncomingMessage, res: ServerResponse, source: string, bodyBytesMax: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    res.on('close', () => this.hold(source, -bytes));
    return new Promise((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        bytes += chunk.length;
        this.hold(source, chunk.length);
        const refusal = this.#refusalAt(bytes, 0, source, bodyBytesMax);
        if (refusal === undefined) chunks.push(chunk);
        else refuse(refusal);
      };
      const refuse = (reason: RequestError): void => {
        this.#slow.leave(open);
        req.off('data', take).pause();
        chunks.length = 0;
        reject(reason);
      };
      const open = { bytes: () => bytes, refuse };
      this.#slow.watch(open);
      req.on('data', take);
      const cut = (): void => refuse(incomplete(bytes));
      req.once('end', () => {
        this.#slow.leave(open);
        req.off('error', cut).off('close', cut);
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      });
      req.once('error', cut).once('close', cut);
    });
  }

  /** @param more bytes that would be held beside those that are */
  #refusalAt(bytes: number, more: number, source: string, ownBytesMax: number): RequestError | undefined {
    const { bodyBytesInFlightMax } = this.limits;
    const bodyBytesMax = Math.min(ownBytesMax, this.limits.bodyBytesMax);
    if (bytes > bodyBytesMax)
      return new RequestError('BODY_TOO_LARGE', `A body has at most ${bodyBytesMax} bytes here.`, {
        members: { bodyBytesMax },
      });
    if (this.#bytesInFlight + more > bodyBytesInFlightMax)
      return overloaded('It holds as many bodies in memory as it may.');
    const own = (this.#bytesOf.get(source) ?? 0) + more;
    if (own <= this.#sourceBytesMax) return undefined;
    return overloaded('It holds as many bodies of this client in memory as one client may have there.');
  }

  /** One body has room in it, however small a share is. */
  get #sourceBytesMax(): number {
    const { bodyBytesMax, bodyBytesInFlightMax, sourceShareMax } = this.limits;
    return Math.max(bodyBytesMax, bodyBytesInFlightMax * sourceShareMax);
  }
}

/** By whom the load is counted: the address that the connection comes from. */
export function sourceOf(req: IncomingMessage): string {
  return req.socket.remoteAddress ?? '';
}

export function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return;
  throw new RequestError('UNSUPPORTED_ENCODING', 'Send the body as it is, without Content-Encoding.', {
    headers: { 'accept-encoding': 'identity' },
  });
}

function incomplete(bytes: number): RequestError {
  return new RequestError('BODY_INCOMPLETE', `The connection ended ${bytes} bytes into the body.`);
}
