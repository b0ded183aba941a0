import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { Counts } from '../measures/counts';
import { Histogram, SECONDS } from '../measures/histogram';
import { RequestError } from '../problem/request-error';

/** Beyond these a client is refused at once with 503 OVERLOADED; what other nodes send is not. */
export interface OverloadLimits {
  /** webhooks, streams of them, and messages that are read or stored at once */
  readonly requestsInFlightMax: number;
  /** in (0, 1]: how much of that, and of the bytes in flight, one client address may take */
  readonly sourceShareMax: number;
  /** ms: how late the node comes to what is due, in the mean of one look */
  readonly loopDelayMsMax: number;
  /** files of LevelDB that wait for their first compaction; it slows writes down at 8, and stops them at 12 */
  readonly levelZeroFilesMax: number;
  /** ms between two looks at the last two */
  readonly lookEveryMs: number;
  /** ms that the connection of a client that was refused is not read: what Retry-After asks for at least */
  readonly restMs: number;
  /** connections that are not read at once: a part of those that the server has places for */
  readonly restingMax: number;
}

export const OVERLOAD_LIMITS: OverloadLimits = {
  requestsInFlightMax: 1_024,
  sourceShareMax: 0.75,
  loopDelayMsMax: 500,
  levelZeroFilesMax: 11,
  lookEveryMs: 250,
  restMs: 1_000,
  restingMax: 3_072,
};

/** Timers that are on time are measured as this late (ms): it is how often they are due. */
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;

/** What a client was refused for: requests under way, those of its own address, lateness, files to compact. */
type Reason = 'requests' | 'share' | 'delay' | 'compaction';

interface Strain {
  readonly reason: Reason;
  readonly why: string;
  readonly error: RequestError;
}

function strainOf(reason: Reason, why: string): Strain {
  return { reason, why, error: overloaded(why) };
}

/** A request that is under way. Leaving twice is leaving once. */
export interface Place {
  leave(): void;
}

export interface OverloadOptions {
  readonly limits?: Partial<OverloadLimits>;
  /** of the worse one of both databases; none: there is no LevelDB */
  readonly levelZeroFiles?: (() => number) | undefined;
  readonly logger: Logger;
  /** ends the looks */
  readonly stop: AbortSignal;
}

/** Refuses clients before they cost anything, while the node has more to do than it can. */
export class Overload {
  readonly limits: OverloadLimits;
  /** who was refused, by what there was too much of */
  readonly refusals = new Counts(['reason']);
  /** the longest that anything came late (seconds) between two looks */
  readonly loopDelays = new Histogram(SECONDS);
  readonly #bySource = new Map<string, number>();
  #requests = 0;
  /** Each is made once: in a flood, errors with their stacks would cost more than what they refuse. */
  readonly #full: RequestError;
  readonly #shareTaken: RequestError;
  #strain: Strain | undefined;

  private constructor(private readonly options: OverloadOptions) {
    this.limits = { ...OVERLOAD_LIMITS, ...options.limits };
    const { requestsInFlightMax, sourceShareMax } = this.limits;
    const own = Math.floor(requestsInFlightMax * sourceShareMax);
    this.#full = overloaded(`It has ${requestsInFlightMax} requests under way, as many as it may.`);
    this.#shareTaken = overloaded(`It has ${own} requests of one client under way, as many as one may have.`);
  }

  static start(options: OverloadOptions): Overload {
    const overload = new Overload(options);
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    const timer = setInterval(() => overload.#look(delay), overload.limits.lookEveryMs).unref();
    const end = (): void => {
      clearInterval(timer);
      delay.disable();
    };
    options.stop.addEventListener('abort', end, { once: true });
    return overload;
  }

  get requestsInFlight(): number {
    return this.#requests;
  }

  /** Why all clients are refused now; undefined: they are not. */
  get strain(): string | undefined {
    return this.#strain?.why;
  }

  /**
   * @param source the client's address
   * @throws RequestError OVERLOADED
   */
  enter(source: string): Place {
    const { requestsInFlightMax, sourceShareMax } = this.limits;
    if (this.#strain !== undefined) throw this.#refused(this.#strain.reason, this.#strain.error);
    if (this.#requests >= requestsInFlightMax) throw this.#refused('requests', this.#full);
    const own = this.#bySource.get(source) ?? 0;
    if (own >= requestsInFlightMax * sourceShareMax) throw this.#refused('share', this.#shareTaken);
    this.#requests += 1;
    this.#bySource.set(source, own + 1);
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      this.#leave(source);
    };
    return { leave };
  }

  #refused(reason: Reason, error: RequestError): RequestError {
    this.refusals.count(reason);
    return error;
  }

  #leave(source: string): void {
    this.#requests -= 1;
    const own = (this.#bySource.get(source) ?? 0) - 1;
    if (own === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, own);
  }

  #look(delay: IntervalHistogram): void {
    const lateMs = delay.mean / NANOSECONDS - RESOLUTION_MS;
    this.loopDelays.observe(Math.max(0, delay.max / NANOSECONDS - RESOLUTION_MS) / 1000);
    delay.reset();
    this.note({ lateMs, levelZeroFiles: this.options.levelZeroFiles?.() ?? 0 });
  }

  /** What a look has seen. */
  note({ lateMs, levelZeroFiles }: { readonly lateMs: number; readonly levelZeroFiles: number }): void {
    const { loopDelayMsMax, levelZeroFilesMax } = this.limits;
    const before = this.#strain;
    if (lateMs > loopDelayMsMax)
      this.#strain = strainOf('delay', `It comes ${Math.round(lateMs)} ms late to what is due.`);
    else if (levelZeroFiles >= levelZeroFilesMax)
      this.#strain = strainOf('compaction', `Its store has ${levelZeroFiles} files to compact first.`);
    else this.#strain = undefined;
    if ((before === undefined) === (this.#strain === undefined)) return;
    const about = { lateMs: Math.round(lateMs), levelZeroFiles };
    if (this.#strain !== undefined) this.options.logger.warn(about, 'strained: clients are refused');
    else this.options.logger.info(about, 'no longer strained: clients are served');
  }
}

export function overloaded(why: string): RequestError {
  return new RequestError(
    'OVERLOADED',
    `The node has too much to do. ${why} Nothing was stored: send it again later.`,
  );
}
