import type { OrderedLog } from '@hooklog/ordered-log';
import {
  type ClusterNode,
  decodeAppend,
  decodePromiseRequest,
  decodeRecordsRequest,
  encodeAnswer,
  encodePromiseAnswer,
  encodeRecordsAnswer,
  SyncError,
} from '@hooklog/sync-protocol';
import type { PeerServer } from '../network/link';
import type { Stream } from '../network/stream';
import type { Machine } from './machine';
import { writePending } from './pending-writer';
import type { Process } from './process';
import { Reception } from './reception';

/** What a node answers, to its peers and to clients; the checks hear of every answer before it leaves. */
export class NodeServer implements PeerServer {
  readonly clients: Reception;
  /** ms: when a master was last told that this log is equal to its own as far as it goes */
  followedAt: number | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly process: Process,
    private readonly log: OrderedLog,
    private readonly cluster: ClusterNode,
  ) {
    this.clients = new Reception(machine, process, log, cluster);
  }

  async append(bytes: Buffer): Promise<Buffer> {
    const { machine, cluster } = this;
    const request = decodeAppend(bytes, { recordsMax: machine.settings.cluster.batchRecordsMax });
    const answer = await cluster.answerAppend(request);
    if (answer.outcome === 'accepted') this.followedAt = machine.clock.elapsed();
    machine.checked(() => machine.observer.onAppendAnswer(machine.name, request, answer));
    return encodeAnswer(answer);
  }

  async promise(bytes: Buffer): Promise<Buffer> {
    const { machine, cluster } = this;
    const request = decodePromiseRequest(bytes);
    const answer = await cluster.answerPromise(request);
    machine.checked(() => machine.observer.onPromiseAnswer(machine.name, request, answer));
    return encodePromiseAnswer(answer);
  }

  async records(bytes: Buffer): Promise<Buffer> {
    return encodeRecordsAnswer(await this.cluster.answerRecords(decodeRecordsRequest(bytes)));
  }

  pending(store: string, after: number, stream: Stream): Promise<void> {
    const { log, process, machine } = this;
    if (store !== log.store)
      return Promise.reject(new SyncError('STORE_CHANGED', `${machine.name} has another store`));
    writePending(log, after, stream, process.ports, machine.settings.cluster).catch((error: unknown) => {
      if (!stream.gone.aborted) machine.tell(() => `cuts a stream of pending entries: ${String(error)}`);
      stream.break();
    });
    return Promise.resolve();
  }

  register(member: { readonly node: string; readonly store: string; readonly url: string }): Promise<void> {
    return this.cluster.register(member);
  }
}
