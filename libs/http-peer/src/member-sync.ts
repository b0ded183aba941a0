import { type ClusterLogger, FlowState, Rest } from '@hooklog/sync-protocol';
import type { PeerAccess } from './peer-access';
import { PeerClient } from './peer-client';
import { type ReconcileContext, runReconcile } from './reconcile-run';
import type { SyncReport } from './status';
import { after } from './timer';

/** From here on (ms) operators are told that clocks differ. */
const CLOCK_OFFSET_MS_MAX = 5000;

export interface MemberSyncOptions extends Omit<ReconcileContext, 'client' | 'stop'> {
  readonly access: PeerAccess;
  readonly logger: ClusterLogger;
  /** in [0, 1) */
  readonly random: () => number;
  /** pause between two scheduled runs; undefined: only `run` compares */
  readonly intervalMs: number | undefined;
  /** younger entries are left to the next run */
  readonly settleMs: number;
}

/** The comparison with one member: on its schedule and when asked, one run at a time. */
export class MemberSync {
  private readonly controller = new AbortController();
  private readonly context: ReconcileContext;
  private readonly state: FlowState;
  private readonly rest = new Rest(this.controller.signal, after);
  private loop: Promise<void> = Promise.resolve();
  private report: SyncReport | null = null;
  private running: Promise<SyncReport> | undefined;
  private queued: QueuedRun | undefined;
  private retryMs = 0;
  private clockIsOff = false;

  private constructor(private readonly options: MemberSyncOptions) {
    const { log, member, access, limits, logger, random } = options;
    const client = new PeerClient({ self: log.node, url: member.url, access, limits });
    this.context = { ...options, client, stop: this.controller.signal };
    this.state = new FlowState({ member, logger, limits, ports: { random } }, 'sync');
  }

  static start(options: MemberSyncOptions): MemberSync {
    const sync = new MemberSync(options);
    if (options.intervalMs !== undefined) sync.loop = sync.runEach(options.intervalMs);
    return sync;
  }

  get member(): MemberSyncOptions['member'] {
    return this.options.member;
  }

  get last(): SyncReport | null {
    return this.report;
  }

  /** Code of the failure that lasts; null when all is well. */
  get failure(): string | null {
    return this.state.failure?.code ?? null;
  }

  /** A run that begins after this call: while one is running, all callers share the next. */
  run(settleMs: number): Promise<SyncReport> {
    if (this.queued) this.queued.settleMs = Math.min(this.queued.settleMs, settleMs);
    else if (this.running) this.queued = this.queue(this.running, settleMs);
    else return this.begin({ settleMs });
    return this.queued.report;
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await Promise.all([this.loop, this.running, this.queued?.report]);
    this.context.client.close();
  }

  private async runEach(intervalMs: number): Promise<void> {
    const { settleMs, random } = this.options;
    const { signal } = this.controller;
    for (let pauseMs = intervalMs * random(); !signal.aborted;) {
      await this.rest.for(pauseMs);
      if (signal.aborted) return;
      const { ok } = await this.run(settleMs);
      pauseMs = ok ? intervalMs : Math.min(intervalMs, this.retryMs);
    }
  }

  private begin({ settleMs }: { readonly settleMs: number }): Promise<SyncReport> {
    this.running = runReconcile(this.context, settleMs).then((report) => {
      this.running = undefined;
      this.report = report;
      if (this.controller.signal.aborted) return report;
      if (report.error) this.retryMs = this.state.failed(report.error);
      else this.state.recovered();
      this.tell(report);
      return report;
    });
    return this.running;
  }

  /** What operators have to look after. */
  private tell({ clockOffsetMs, lacking }: SyncReport): void {
    const { member, logger } = this.options;
    const { node: peer, store } = member;
    const isOff = clockOffsetMs !== null && Math.abs(clockOffsetMs) > CLOCK_OFFSET_MS_MAX;
    if (isOff && !this.clockIsOff) {
      const about = `sync: the clock of ${peer} is off: copies of one webhook may be told apart, set the clocks`;
      logger.warn({ peer, store, clockOffsetMs }, about);
    }
    if (clockOffsetMs !== null) this.clockIsOff = isOff;
    if (lacking === 0) return;
    const line = `sync: ${peer} does not know entries that it has acknowledged: stop it, remove its index folder, start it`;
    logger.error({ peer, store, lacking }, line);
  }

  private queue(running: Promise<SyncReport>, settleMs: number): QueuedRun {
    const run = (): Promise<SyncReport> => {
      this.queued = undefined;
      return this.begin(queued);
    };
    const queued = { settleMs, report: running.then(run) };
    return queued;
  }
}

interface QueuedRun {
  settleMs: number;
  readonly report: Promise<SyncReport>;
}
