import { getEventListeners } from 'node:events';
import type { OrderedLog } from '@hooklog/ordered-log';
import { decodeAnswer, decodeAppend, encodeAnswer, encodeAppend } from '../append-codec';
import type { AppendAnswer, AppendRequest } from '../append-codec';
import type { ClusterNode } from '../cluster/cluster-node';
import { failureOf } from '../cluster/failure';
import { refuseOtherStore } from '../cluster/follower';
import type { PeerLink, Ports } from '../cluster/ports';
import { pendingMessages } from '../pending-stream';
import { decodePromiseAnswer, decodePromiseRequest } from '../promise-codec';
import { encodePromiseAnswer, encodePromiseRequest } from '../promise-codec';
import type { PromiseAnswer, PromiseRequest } from '../promise-codec';
import { decodeRecordsAnswer, decodeRecordsRequest } from '../records-codec';
import { encodeRecordsAnswer, encodeRecordsRequest } from '../records-codec';
import type { RecordsAnswer, RecordsRequest } from '../records-codec';
import { SyncError } from '../sync-error';

const RECORDS_MAX = 10_000;
const PENDING_PAGE = { pageBytesMax: 1024 * 1024, pageEntriesMax: 5 };
/** A link waits so long for an answer, and no longer. */
const ANSWER_MS = 15_000;

/** What one node is for the others. */
export interface Host {
  readonly name: string;
  readonly log: OrderedLog;
  readonly cluster: ClusterNode;
}

export type Kind = 'append' | 'promise' | 'records' | 'pending';

interface Way {
  readonly from: string;
  readonly to: string;
}

interface Gate extends Way {
  readonly kind: Kind | undefined;
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Bytes between nodes: each direction can be cut, held or doubled by itself. No time passes on the way. */
export class Network {
  /** Every request that reached its node: `from>to kind`. */
  readonly arrived: string[] = [];
  openLinks = 0;
  /** Sees every request before it leaves, and may cut or hold its way. */
  onRequest: (from: string, to: string, kind: Kind) => void = () => undefined;
  private readonly hosts = new Map<string, Host>();
  private readonly signals = new Set<AbortSignal>();
  private readonly streams = new Set<Way & { readonly controller: AbortController }>();
  private cuts: Way[] = [];
  private gates: Gate[] = [];
  private readonly doubled = new Set<Kind>();

  constructor(private readonly after: Ports['after']) {}

  place(url: string, host: Host): void {
    this.hosts.set(url, host);
  }

  remove(url: string): void {
    const name = this.hosts.get(url)?.name;
    this.hosts.delete(url);
    for (const stream of this.streams) if (stream.from === name) stream.controller.abort();
  }

  hostAt(url: string): Host | undefined {
    return this.hosts.get(url);
  }

  /** Nothing goes from the one to the other any longer. What goes the other way still does. */
  cut(from: string, to: string): void {
    this.cuts.push({ from, to });
    for (const stream of this.streams) {
      const [one, other] = [stream.from, stream.to];
      if (this.isCut(one, other) || this.isCut(other, one)) stream.controller.abort();
    }
  }

  /** Cuts both ways between these nodes and all others. */
  isolate(...names: readonly string[]): void {
    for (const { name } of this.hosts.values()) {
      if (names.includes(name)) continue;
      for (const one of names) {
        this.cut(one, name);
        this.cut(name, one);
      }
    }
  }

  /** Requests of this kind, or all messages, stay on their way until released. */
  hold(from: string, to: string, kind?: Kind): { release(): void } {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const gate: Gate = { from, to, kind, opened, open };
    this.gates.push(gate);
    const release = (): void => {
      this.gates = this.gates.filter((one) => one !== gate);
      gate.open();
    };
    return { release };
  }

  /** Requests of this kind arrive twice from now on; the answer to the second one is what comes back. */
  double(kind: Kind): void {
    this.doubled.add(kind);
  }

  /** Everything reaches everybody again. */
  heal(): void {
    this.onRequest = () => undefined;
    this.cuts = [];
    this.doubled.clear();
    for (const gate of this.gates.splice(0)) gate.open();
  }

  /** Listeners on signals that this network was given: whoever is done has none. */
  get listeners(): number {
    let count = 0;
    for (const signal of this.signals) count += getEventListeners(signal, 'abort').length;
    return count;
  }

  connect(from: string, url: string): PeerLink {
    this.openLinks += 1;
    return new Link(this, from, url);
  }

  /** Runs one exchange, whose signal aborts with that of its caller or when its time is over. */
  async exchange<T>(caller: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.signals.add(caller);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const cancel = this.after(ANSWER_MS, abort);
    caller.addEventListener('abort', abort);
    if (caller.aborted) abort();
    try {
      return await run(controller.signal);
    } finally {
      cancel();
      caller.removeEventListener('abort', abort);
    }
  }

  isDoubled(kind: Kind): boolean {
    return this.doubled.has(kind);
  }

  /** Resolves when a message has come through. @throws SyncError `PEER_UNREACHABLE` */
  async travel(from: string, to: string, signal: AbortSignal, kind?: Kind): Promise<void> {
    const gate = this.gates.find((one) => one.from === from && one.to === to && (one.kind ?? kind) === kind);
    if (gate) await orAborted(gate.opened, signal);
    if (signal.aborted || this.isCut(from, to)) throw unreachable(from, to);
  }

  openStream(way: Way, signal: AbortSignal): { readonly gone: AbortSignal; readonly close: () => void } {
    const controller = new AbortController();
    const stream = { ...way, controller };
    const close = (): void => {
      signal.removeEventListener('abort', close);
      this.streams.delete(stream);
      controller.abort();
    };
    this.streams.add(stream);
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    return { gone: controller.signal, close };
  }

  private isCut(from: string, to: string): boolean {
    return this.cuts.some((way) => way.from === from && way.to === to);
  }
}

class Link implements PeerLink {
  constructor(
    private readonly network: Network,
    private readonly from: string,
    private readonly url: string,
  ) {}

  async append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer> {
    const bytes = encodeAppend(request);
    const answer = await this.ask('append', signal, async ({ cluster }) =>
      encodeAnswer(await cluster.answerAppend(decodeAppend(bytes, { recordsMax: RECORDS_MAX }))),
    );
    return decodeAnswer(answer);
  }

  async promise(request: PromiseRequest, signal: AbortSignal): Promise<PromiseAnswer> {
    const bytes = encodePromiseRequest(request);
    const answer = await this.ask('promise', signal, async ({ cluster }) =>
      encodePromiseAnswer(await cluster.answerPromise(decodePromiseRequest(bytes))),
    );
    return decodePromiseAnswer(answer);
  }

  async records(request: RecordsRequest, signal: AbortSignal): Promise<RecordsAnswer> {
    const bytes = encodeRecordsRequest(request);
    const answer = await this.ask('records', signal, async ({ cluster }) =>
      encodeRecordsAnswer(await cluster.answerRecords(decodeRecordsRequest(bytes))),
    );
    return decodeRecordsAnswer(answer, request);
  }

  async pending(store: string, after: number, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const host = await this.ask('pending', signal, (one) => {
      refuseOtherStore(one.log, store);
      return Promise.resolve(one);
    });
    return this.stream(host, after, signal);
  }

  close(): void {
    this.network.openLinks -= 1;
  }

  private ask<T>(kind: Kind, caller: AbortSignal, serve: (host: Host) => Promise<T>): Promise<T> {
    return this.network.exchange(caller, async (signal) => {
      const { network, from } = this;
      const to = network.hostAt(this.url)?.name ?? this.url;
      network.onRequest(from, to, kind);
      await network.travel(from, to, signal, kind);
      const host = network.hostAt(this.url);
      if (!host) throw unreachable(from, to);
      network.arrived.push(`${from}>${to} ${kind}`);
      if (network.isDoubled(kind)) await this.served(host, serve, signal);
      const answer = await this.served(host, serve, signal);
      await network.travel(to, from, signal);
      if (network.hostAt(this.url) !== host) throw unreachable(to, from);
      return answer;
    });
  }

  private async served<T>(host: Host, serve: (host: Host) => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await orAborted(serve(host), signal);
    } catch (error) {
      const { code, message } = failureOf(error);
      if (error instanceof SyncError) throw error;
      throw new SyncError('PEER_REFUSED', `${host.name} answered ${code}: ${message}`);
    }
  }

  private async *stream({ log, name }: Host, after: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { gone, close } = this.network.openStream({ from: name, to: this.from }, signal);
    try {
      for await (const message of pendingMessages(log, after, gone, PENDING_PAGE)) {
        if (gone.aborted) break;
        yield message;
      }
      throw unreachable(name, this.from);
    } finally {
      close();
    }
  }
}

function unreachable(from: string, to: string): SyncError {
  return new SyncError('PEER_UNREACHABLE', `nothing comes through from ${from} to ${to}`);
}

/** @throws SyncError `PEER_UNREACHABLE` when the signal aborts first */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new SyncError('PEER_UNREACHABLE', 'no answer in time, or nobody waits for it'));
  });
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
