import { RequestError } from '../problem/request-error';
import type { ServerLimits } from './server';

export type SlowLimits = Pick<ServerLimits, 'bodyBytesPerSecondMin' | 'bodyGraceMs'>;

/** A body that is being read. */
export interface OpenBody {
  readonly bytes: () => number;
  readonly refuse: (reason: RequestError) => void;
}

const SECOND_MS = 1000;

/** Looks now and then at the bodies that are being read: whoever sends one too slowly only wants to be in the way. */
export class SlowBodies {
  readonly #open = new Map<OpenBody, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly limits: SlowLimits) {}

  /** Refuses it when it is too slow, unless it is left to itself before. */
  watch(body: OpenBody): void {
    this.#open.set(body, performance.now());
    const { bodyGraceMs } = this.limits;
    this.#timer ??= setInterval(() => this.#look(), Math.min(bodyGraceMs, SECOND_MS)).unref();
  }

  leave(body: OpenBody): void {
    this.#open.delete(body);
  }

  #look(): void {
    const { bodyGraceMs, bodyBytesPerSecondMin } = this.limits;
    const now = performance.now();
    for (const [body, since] of this.#open) {
      const elapsedMs = now - since;
      if (elapsedMs < bodyGraceMs || body.bytes() >= (elapsedMs / SECOND_MS) * bodyBytesPerSecondMin)
        continue;
      this.#open.delete(body);
      body.refuse(tooSlow(bodyBytesPerSecondMin));
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function tooSlow(bytesPerSecondMin: number): RequestError {
  const detail = `The body came at less than ${bytesPerSecondMin} bytes per second. Nothing was stored.`;
  return new RequestError('REQUEST_TIMEOUT', detail, { headers: { connection: 'close' } });
}
