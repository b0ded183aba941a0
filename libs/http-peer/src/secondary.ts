import type { Position } from '@hooklog/ordered-log';
import type { Member, Verdict } from '@hooklog/sync-protocol';
import { collectedName, readCheckpoint } from './checkpoint';
import { collectLoop } from './collect-loop';
import { type DiffBounds, runDiff } from './diff-run';
import type { Failure } from './failure';
import { type FlowContext, FlowState } from './flow';
import { PeerClient } from './peer-client';
import type { SecondaryHealth, SecondaryStatus, SyncReport } from './status';
import { type FollowerReport, sendLoop } from './send-loop';
import { Rest } from './waiting';

export interface SecondaryOptions extends Omit<FlowContext, 'client' | 'stop'> {
  readonly token: string;
  readonly collect: boolean;
  /** pause between two scheduled runs; undefined: only `sync` compares */
  readonly syncIntervalMs: number | undefined;
  readonly syncBounds: DiffBounds;
  /** it may have more of the log now than before */
  readonly onAcknowledged: () => void;
}

/** One slave as the master sees it: three flows that fail and recover by themselves, and what is known of them. */
export class Secondary {
  private readonly controller = new AbortController();
  private readonly context: FlowContext;
  private readonly flows: Record<'follow' | 'collect' | 'sync', FlowState>;
  private readonly rests: Record<'follow' | 'collect' | 'sync', Rest>;
  private loops: Promise<unknown> = Promise.resolve();
  private health: SecondaryHealth = 'UNREACHABLE';
  private since: number;
  private acknowledged: Position | null = null;
  private collected: number | null = null;
  private lastSync: SyncReport | null = null;
  private running: Promise<SyncReport> | undefined;
  private queued: QueuedSync | undefined;
  private syncRetryMs = 0;

  private constructor(private readonly options: SecondaryOptions) {
    const stop = this.controller.signal;
    const { url } = options.member;
    this.context = {
      ...options,
      stop,
      client: new PeerClient({ url, token: options.token, limits: options.limits }),
    };
    const state = (name: 'follow' | 'collect' | 'sync'): FlowState => new FlowState(this.context, name);
    this.flows = { follow: state('follow'), collect: state('collect'), sync: state('sync') };
    this.rests = { follow: new Rest(stop), collect: new Rest(stop), sync: new Rest(stop) };
    this.since = options.now();
  }

  static async start(options: SecondaryOptions): Promise<Secondary> {
    const secondary = new Secondary(options);
    secondary.collected = await readCheckpoint(options.log, collectedName(options.member.store));
    secondary.loops = Promise.all(secondary.startLoops());
    return secondary;
  }

  get member(): Member {
    return this.options.member;
  }

  /** The last sequence that it has durably and provably equal, reachable or not; 0: none. */
  get held(): number {
    return this.acknowledged?.sequence ?? 0;
  }

  get healthy(): boolean {
    return this.health === 'HEALTHY';
  }

  status(): SecondaryStatus {
    const { node: id, url, store } = this.options.member;
    const { health, since, collected, lastSync } = this;
    const sequence = this.acknowledged?.sequence ?? null;
    const lag = sequence === null ? null : this.options.log.tail.position.sequence - sequence;
    return { id, url, store, health, since, sequence, lag, collected, lastSync, lastError: this.lastError() };
  }

  /** There is news of it: pauses after failures end. */
  wake(): void {
    this.rests.follow.wake();
    this.rests.collect.wake();
  }

  /** A run that begins after this call: while one is running, all callers share the next. */
  sync(settleMs: number): Promise<SyncReport> {
    if (!this.running) return this.runSync({ settleMs });
    if (this.queued) this.queued.settleMs = Math.min(this.queued.settleMs, settleMs);
    else this.queued = this.queueSync(this.running, settleMs);
    return this.queued.report;
  }

  async stop(): Promise<void> {
    this.controller.abort();
    await Promise.all([this.loops, this.running, this.queued?.report]);
    this.context.client.close();
  }

  private startLoops(): Promise<void>[] {
    const { context, flows, rests } = this;
    const loops = [sendLoop(context, rests.follow, this.followerReport()), this.syncLoop()];
    if (this.options.collect) {
      loops.push(collectLoop(context, rests.collect, flows.collect, (arrival) => (this.collected = arrival)));
    }
    return loops;
  }

  private followerReport(): FollowerReport {
    return {
      onAnswer: (verdict, acknowledged) => this.onAnswer(verdict, acknowledged),
      onFailure: (failure) => {
        this.flows.follow.failed(failure);
        // what the lost disk had acknowledged is gone with it
        if (failure.code === 'STORE_CHANGED') this.acknowledged = null;
        this.turn('UNREACHABLE');
      },
    };
  }

  private onAnswer(verdict: Verdict, acknowledged: Position | null): void {
    const proven = verdict === 'advanced' || verdict === 'stalled';
    this.acknowledged = proven ? acknowledged : null;
    this.options.onAcknowledged();
    if (verdict === 'stalled') return;
    if (verdict === 'advanced') this.flows.follow.recovered();
    else this.flows.follow.failed(FAILURES[verdict]);
    this.turn(verdict === 'advanced' ? 'HEALTHY' : 'DIVERGED');
  }

  private turn(health: SecondaryHealth): void {
    if (health === this.health) return;
    this.health = health;
    this.since = this.options.now();
    const { node: peer, url } = this.member;
    this.options.logger.info(
      { peer, url, health, sequence: this.acknowledged?.sequence ?? null },
      `${peer} is ${health}`,
    );
  }

  private async syncLoop(): Promise<void> {
    const { syncIntervalMs, syncBounds, random } = this.options;
    if (syncIntervalMs === undefined) return;
    for (let pauseMs = syncIntervalMs * random(); !this.context.stop.aborted;) {
      await this.rests.sync.for(pauseMs);
      if (this.context.stop.aborted) return;
      const { ok } = await this.sync(syncBounds.settleMs);
      pauseMs = ok ? syncIntervalMs : Math.min(syncIntervalMs, this.syncRetryMs);
    }
  }

  private runSync({ settleMs }: { readonly settleMs: number }): Promise<SyncReport> {
    this.running = runDiff(this.context, { ...this.options.syncBounds, settleMs }).then((report) => {
      this.running = undefined;
      this.lastSync = report;
      if (report.error) this.syncRetryMs = this.flows.sync.failed(report.error);
      else this.flows.sync.recovered();
      return report;
    });
    return this.running;
  }

  private queueSync(running: Promise<SyncReport>, settleMs: number): QueuedSync {
    const run = (): Promise<SyncReport> => {
      this.queued = undefined;
      return this.runSync(queued);
    };
    const queued = { settleMs, report: running.then(run) };
    return queued;
  }

  private lastError(): string | null {
    const { follow, collect, sync } = this.flows;
    return (follow.failure ?? collect.failure ?? sync.failure)?.code ?? null;
  }
}

interface QueuedSync {
  settleMs: number;
  readonly report: Promise<SyncReport>;
}

const FAILURES: Readonly<Record<'diverged' | 'stale', Failure>> = {
  diverged: { code: 'DIVERGED', message: 'its log has another history' },
  stale: { code: 'STALE_EPOCH', message: 'it knows a later epoch than this master' },
};
