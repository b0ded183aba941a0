import { type Cluster } from '../cluster/cluster';
import type { Answer } from '../cluster/http-client';
import { untilFollowed } from '../cluster/members';
import { type NodeProcess } from '../cluster/node-process';
import { type Receipt } from '../proof/journal';

const ANSWER_MS = 60_000;

/** POST /webhook of a JSON body, whatever the answer. */
export function ask(cluster: Cluster, node: NodeProcess, body: object, query = ''): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const url = `${node.url}/webhook?${query}`;
  return cluster.http.ask(url, { method: 'POST', headers, body: JSON.stringify(body), timeoutMs: ANSWER_MS });
}

/** The same; anything but 200 is an error. */
export async function post(cluster: Cluster, node: NodeProcess, body: object, query = ''): Promise<Receipt> {
  const answer = await ask(cluster, node, body, query);
  if (answer.status === 200) return JSON.parse(answer.body.toString()) as Receipt;
  throw new Error(`POST /webhook at ${node.name} answered ${answer.status}: ${answer.body.toString()}`);
}

/** Waits until every slave of the cluster follows the master and counts in its quorums. */
export async function healthyMembers(cluster: Cluster, apiKey?: string): Promise<void> {
  await untilFollowed(cluster.http, cluster.master.url, cluster.slaves.length, apiKey);
}
