import { type Cluster } from '../cluster/cluster';
import { type NodeProcess } from '../cluster/node-process';
import { type Journal } from './journal';
import { type Random, shuffled } from './random';

interface Named {
  readonly digest: string;
  readonly key: string;
}

const CHECKED_MAX = 300;
const AT_ONCE = 16;

/**
 * A key that a client was answered stays a name of the entry on every node, also when the master merged it
 * into an earlier one. Asks for some of them; returns what is wrong.
 */
export async function checkAnsweredNames(
  cluster: Cluster,
  journal: Journal,
  random: Random,
): Promise<string[]> {
  const names = [...journal.sent].flatMap(([digest, { receipts }]) =>
    receipts.map(({ key }) => ({ digest, key })),
  );
  const some = shuffled(random, names).slice(0, CHECKED_MAX);
  const questions = cluster.nodes.flatMap((node) => some.map((named) => ({ node, named })));
  const queue = questions[Symbol.iterator]();
  const faults: string[] = [];
  const lane = async (): Promise<void> => {
    for (const { node, named } of queue) faults.push(...(await check(cluster, node, named)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return faults;
}

async function check(cluster: Cluster, node: NodeProcess, { key, digest }: Named): Promise<string[]> {
  const { status, body } = await cluster.http.ask(`${node.url}/webhooks/${key}`);
  if (status !== 200) return [`${node.name} answered ${status} for the answered key ${key}`];
  const entry = JSON.parse(body.toString()) as { readonly digest: string };
  return entry.digest === digest ? [] : [`${node.name} has another entry under the answered key ${key}`];
}
