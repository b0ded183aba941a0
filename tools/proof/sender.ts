import { type Cluster } from '../cluster/cluster';
import { pause } from '../cluster/deadline';
import { type Delivery } from './deliveries';
import { type Journal, type Receipt } from './journal';
import { between, pick, type Random } from './random';

export interface SenderOptions {
  readonly cluster: Cluster;
  readonly journal: Journal;
  readonly random: Random;
}

/** How long one delivery is retried: inside the dedup window, so that a stored but unanswered try is recognised. */
const GIVE_UP_MS = 45_000;
const TIMEOUT_MS = 5_000;
const RETRY_MS_MIN = 20;
const RETRY_MS_MAX = 250;

/** Sends as a webhook sender does: what is not answered is sent again, half of the times to another node. */
export class Sender {
  constructor(private readonly options: SenderOptions) {}

  /** Resolves when the delivery is answered, or given up (the journal counts both). */
  async deliver(delivery: Delivery): Promise<void> {
    const { journal, random, cluster } = this.options;
    journal.sending(delivery);
    const end = Date.now() + GIVE_UP_MS;
    let node = delivery.node;
    while (!(await this.attempt(delivery, node))) {
      if (Date.now() > end) return void (journal.unanswered += 1);
      await pause(between(random, RETRY_MS_MIN, RETRY_MS_MAX));
      journal.retries += 1;
      if (random() < 0.5) node = pick(random, cluster.nodes).name;
    }
  }

  /** All of them, at most `connections` at a time, begun at about `perSecond`. */
  async deliverAll(
    deliveries: readonly Delivery[],
    pace: { connections: number; perSecond: number },
  ): Promise<void> {
    const queue = deliveries[Symbol.iterator]();
    const start = Date.now();
    let begun = 0;
    const lane = async (): Promise<void> => {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const due = start + (begun++ * 1000) / pace.perSecond;
        if (due > Date.now()) await pause(due - Date.now());
        await this.deliver(next.value);
      }
    };
    await Promise.all(Array.from({ length: pace.connections }, lane));
  }

  /** true: done with it. false: no answer, or one that asks to come again (408, 429, 5xx). */
  private async attempt(delivery: Delivery, node: string): Promise<boolean> {
    const { cluster, journal } = this.options;
    const headers = { 'content-type': 'application/json' };
    try {
      const ask = { method: 'POST', headers, body: delivery.body, timeoutMs: TIMEOUT_MS };
      const { status, body } = await cluster.http.ask(`${cluster.node(node).url}/webhook`, ask);
      if (status >= 500 || status === 429 || status === 408) return false;
      if (status === 200) journal.received(delivery, node, JSON.parse(body.toString()) as Receipt);
      else
        journal.wrong.push(
          `${node} answered ${status} to ${delivery.digest}: ${body.subarray(0, 200).toString()}`,
        );
      return true;
    } catch {
      return false;
    }
  }
}
