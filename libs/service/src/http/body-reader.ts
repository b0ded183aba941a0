import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestError } from '../problem/request-error';

export interface BodyLimits {
  /** of one body */
  readonly bodyBytesMax: number;
  /** of all bodies that are being read or stored at once */
  readonly bodyBytesInFlightMax: number;
}

/** Reads request bodies into memory, and never more of them at once than its limits say. */
export class BodyReader {
  #bytesInFlight = 0;

  constructor(private readonly limits: BodyLimits) {}

  /** Bytes held now. A body counts from its first byte until its request is answered. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** @throws RequestError UNSUPPORTED_ENCODING, BODY_TOO_LARGE, OVERLOADED, BODY_INCOMPLETE */
  async read(req: IncomingMessage, res: ServerResponse): Promise<Buffer> {
    refuseEncoded(req.headers['content-encoding']);
    this.#refuseDeclared(req.headers['content-length']);
    if (req.destroyed || res.closed) throw incomplete(0);
    return this.#whole(req, res);
  }

  #refuseDeclared(length: string | undefined): void {
    if (length !== undefined && Number(length) > this.limits.bodyBytesMax) throw this.#tooLarge();
  }

  /** Not `for await`: leaving it early would destroy the request and with it the way to answer. */
  #whole(req: IncomingMessage, res: ServerResponse): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    res.once('close', () => (this.#bytesInFlight -= bytes));
    return new Promise((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        bytes += chunk.length;
        this.#bytesInFlight += chunk.length;
        const refusal = this.#refusalAt(bytes);
        if (refusal === undefined) chunks.push(chunk);
        else refuse(refusal);
      };
      const refuse = (reason: RequestError): void => {
        req.off('data', take).pause();
        chunks.length = 0;
        reject(reason);
      };
      req.on('data', take);
      const cut = (): void => refuse(incomplete(bytes));
      req.once('end', () => {
        req.off('error', cut).off('close', cut);
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      });
      req.once('error', cut).once('close', cut);
    });
  }

  #refusalAt(bytes: number): RequestError | undefined {
    if (bytes > this.limits.bodyBytesMax) return this.#tooLarge();
    if (this.#bytesInFlight <= this.limits.bodyBytesInFlightMax) return undefined;
    return new RequestError(
      'OVERLOADED',
      'The node holds as many bodies in memory as it may. Send it again later.',
    );
  }

  #tooLarge(): RequestError {
    const { bodyBytesMax } = this.limits;
    return new RequestError('BODY_TOO_LARGE', `A body has at most ${bodyBytesMax} bytes here.`, {
      members: { bodyBytesMax },
    });
  }
}

function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return;
  throw new RequestError('UNSUPPORTED_ENCODING', 'Send the body as it is, without Content-Encoding.', {
    headers: { 'accept-encoding': 'identity' },
  });
}

function incomplete(bytes: number): RequestError {
  return new RequestError('BODY_INCOMPLETE', `The connection ended ${bytes} bytes into the body.`);
}
