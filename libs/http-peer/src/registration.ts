import type { OrderedLog } from '@hooklog/ordered-log';
import {
  backoffMs,
  type ClusterLogger,
  type Failure,
  failureOf,
  parsePeerUrl,
  Rest,
} from '@hooklog/sync-protocol';
import { masterSilenceMs, PEER_LIMITS, type PeerLimits } from './limits';
import type { PeerAccess } from './peer-access';
import { PeerClient, PeerRefusal } from './peer-client';
import type { Replication } from './replication';
import { JSON_TYPE, REGISTER_PATH } from './routes';
import { after } from './timer';

export interface RegistrationOptions {
  readonly replication: Replication;
  readonly log: OrderedLog;
  /** Where the master is said to be; this node itself is left out. */
  readonly masterUrl?: string | undefined;
  readonly selfUrl: string;
  readonly access: PeerAccess;
  readonly random: () => number;
  readonly logger: ClusterLogger;
  readonly limits?: Partial<PeerLimits>;
}

/** How a try to register ended; `master`: the node that was asked says that this one is the master. */
type Tried =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'elsewhere'; readonly failure: Failure; readonly master: string };

/**
 * The slave's side of membership: registers at start, when it is a slave again, and when the master was silent.
 * Never gives up: whoever may be the master, or may know it, is asked in turn.
 */
export class Registration {
  private readonly controller = new AbortController();
  private readonly rest = new Rest(this.controller.signal, after);
  private readonly limits: PeerLimits;
  private loop: Promise<void> = Promise.resolve();
  private acceptedBy: string | undefined;
  private failure: Failure | undefined;

  private constructor(private readonly options: RegistrationOptions) {
    this.limits = { ...PEER_LIMITS, ...options.limits };
  }

  static start(options: RegistrationOptions): Registration {
    const registration = new Registration(options);
    registration.loop = registration.run();
    return registration;
  }

  /** Whether the last try was accepted. False on a master. */
  get registered(): boolean {
    return this.acceptedBy !== undefined;
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { replication, random } = this.options;
    const { signal } = this.controller;
    const silenceMs = masterSilenceMs(this.limits);
    for (let failures = 0; !signal.aborted;) {
      if (replication.role === 'master') {
        this.acceptedBy = undefined;
        await this.pause(silenceMs);
      } else if (await this.registerSomewhere()) {
        failures = 0;
        await this.untilSilent(silenceMs);
      } else {
        failures += 1;
        await this.pause(backoffMs(failures, random(), this.limits));
      }
    }
  }

  /** Ends early when the role changes. */
  private async pause(ms: number): Promise<void> {
    await this.rest.for(ms, (signal) => this.options.replication.roleChanged(signal));
  }

  private async untilSilent(silenceMs: number): Promise<void> {
    const { replication } = this.options;
    await this.pause(silenceMs);
    while (
      replication.role === 'slave' &&
      replication.silentMs < silenceMs &&
      !this.controller.signal.aborted
    )
      await this.pause(silenceMs - replication.silentMs);
  }

  /** One round: each node at most once, first the one that is most likely the master. */
  private async registerSomewhere(): Promise<boolean> {
    const open = this.candidates();
    const asked = new Set([keyOf(this.options.selfUrl)]);
    let failure: Failure | undefined;
    let elsewhere: Failure | undefined;
    for (let url = open.shift(); url !== undefined && !this.controller.signal.aborted; url = open.shift()) {
      if (asked.has(keyOf(url))) continue;
      asked.add(keyOf(url));
      const tried = await this.tryAt(url);
      if (tried.kind === 'accepted') return this.onAccepted(url);
      if (tried.kind === 'failed') failure ??= tried.failure;
      else open.unshift(tried.master);
      if (tried.kind === 'elsewhere') elsewhere ??= tried.failure;
    }
    const told = failure ?? elsewhere;
    if (told && !this.controller.signal.aborted) this.onFailed(told);
    return false;
  }

  private candidates(): string[] {
    const { replication, masterUrl } = this.options;
    const known = [replication.master?.url, masterUrl, ...replication.members.map(({ url }) => url)];
    return known.filter((url) => url !== undefined);
  }

  private async tryAt(url: string): Promise<Tried> {
    const { log, selfUrl, access } = this.options;
    const { smallBytesMax, registerMs: answerMs } = this.limits;
    const body = Buffer.from(JSON.stringify({ node: log.node, store: log.store, url: selfUrl }));
    const request = { method: 'POST', path: REGISTER_PATH, contentType: JSON_TYPE, body, answerMs } as const;
    const client = new PeerClient({
      self: log.node,
      url: url.replace(/\/+$/, ''),
      access,
      limits: this.limits,
    });
    try {
      await client.request({ ...request, signal: this.controller.signal }, smallBytesMax);
      return { kind: 'accepted' };
    } catch (error) {
      const failure = failureOf(error);
      const master = error instanceof PeerRefusal ? readUrl(error.master) : undefined;
      return master === undefined ? { kind: 'failed', failure } : { kind: 'elsewhere', failure, master };
    } finally {
      client.close();
    }
  }

  private onAccepted(masterUrl: string): true {
    const { selfUrl, logger } = this.options;
    if (this.acceptedBy !== masterUrl) logger.info({ masterUrl, selfUrl }, 'registered at the master');
    this.acceptedBy = masterUrl;
    this.failure = undefined;
    return true;
  }

  private onFailed(failure: Failure): void {
    const { replication, masterUrl, selfUrl, logger } = this.options;
    this.acceptedBy = undefined;
    const before = this.failure;
    this.failure = failure;
    if (before?.code === failure.code) return;
    const { code, message: reason } = failure;
    logger.warn(
      { masterUrl: replication.master?.url ?? masterUrl, selfUrl, code, reason },
      `cannot register at the master (${code}): tried again until it accepts, webhooks are taken meanwhile`,
    );
  }
}

/** Undefined when a node named no master, or something else than a URL. */
function readUrl(text: string): string | undefined {
  try {
    return text === '' ? undefined : parsePeerUrl(text);
  } catch {
    return undefined;
  }
}

/** Two spellings of one address are one node. */
function keyOf(url: string): string {
  return url.replace(/\/+$/, '').replace('//localhost', '//127.0.0.1');
}
