import type { OrderedLog } from '@hooklog/ordered-log';
import { backoffMs } from '@hooklog/sync-protocol';
import { type Failure, failureOf } from './failure';
import { PEER_LIMITS, type PeerLimits } from './limits';
import { PeerClient } from './peer-client';
import type { PeerLogger } from './peer-logger';
import { JSON_TYPE, REGISTER_PATH } from './routes';
import { Rest } from './waiting';

export interface RegistrationOptions {
  readonly masterUrl: string;
  readonly selfUrl: string;
  readonly log: OrderedLog;
  readonly token: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: PeerLogger;
  /** without an append from the master for this time the slave registers again; default 15 s */
  readonly silenceMs?: number;
  readonly limits?: Partial<PeerLimits>;
}

const SILENCE_MS = 15_000;
const ANSWER_BYTES_MAX = 4096;

/** The slave's side of membership: registers at start, and again when the master was silent. Never gives up. */
export class Registration {
  private readonly controller = new AbortController();
  private readonly rest = new Rest(this.controller.signal);
  private readonly limits: PeerLimits;
  private readonly client: PeerClient;
  private loop: Promise<void> = Promise.resolve();
  private accepted = false;
  private contactAt: number | null = null;
  /** on the clock that never jumps */
  private newsAt = 0;
  private failure: Failure | undefined;

  private constructor(private readonly options: RegistrationOptions) {
    this.limits = { ...PEER_LIMITS, ...options.limits };
    const url = options.masterUrl.replace(/\/+$/, '');
    this.client = new PeerClient({ url, token: options.token, limits: this.limits });
  }

  static start(options: RegistrationOptions): Registration {
    const registration = new Registration(options);
    registration.loop = registration.run();
    return registration;
  }

  /** The master was here. */
  contact(): void {
    this.contactAt = this.options.now();
    this.newsAt = performance.now();
  }

  get registered(): boolean {
    return this.accepted;
  }

  /** ms since the epoch; null before the first append */
  get lastContactAt(): number | null {
    return this.contactAt;
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await this.loop;
    this.client.close();
  }

  private async run(): Promise<void> {
    const { silenceMs = SILENCE_MS } = this.options;
    const { signal } = this.controller;
    for (let failures = 0; !signal.aborted;) {
      failures = (await this.register()) ? 0 : failures + 1;
      if (failures > 0) await this.rest.for(backoffMs(failures, this.options.random(), this.limits));
      else await this.untilSilent(silenceMs);
    }
  }

  private async untilSilent(silenceMs: number): Promise<void> {
    for (let left = silenceMs; left > 0 && !this.controller.signal.aborted;) {
      await this.rest.for(left);
      left = this.newsAt + silenceMs - performance.now();
    }
  }

  private async register(): Promise<boolean> {
    const { log, selfUrl } = this.options;
    const body = Buffer.from(JSON.stringify({ node: log.node, store: log.store, url: selfUrl }));
    const request = { method: 'POST', path: REGISTER_PATH, contentType: JSON_TYPE, body } as const;
    try {
      await this.client.request({ ...request, signal: this.controller.signal }, ANSWER_BYTES_MAX);
      this.onAccepted();
      return true;
    } catch (error) {
      if (!this.controller.signal.aborted) this.onFailed(failureOf(error));
      return false;
    }
  }

  private onAccepted(): void {
    const { masterUrl, selfUrl, logger } = this.options;
    this.newsAt = performance.now();
    if (!this.accepted) logger.info({ masterUrl, selfUrl }, 'registered at the master');
    this.accepted = true;
    this.failure = undefined;
  }

  private onFailed(failure: Failure): void {
    const { masterUrl, selfUrl, logger } = this.options;
    this.accepted = false;
    const before = this.failure;
    this.failure = failure;
    if (before?.code === failure.code) return;
    const fields = { masterUrl, selfUrl, code: failure.code, reason: failure.message };
    logger.warn(
      fields,
      `cannot register at the master (${failure.code}): tried again until it accepts, webhooks are taken meanwhile`,
    );
  }
}
