import { parseArgs } from 'node:util';
import { Cluster } from '../cluster/cluster';
import type { NodeProcess } from '../cluster/node-process';
import { print, wholeNumber } from '../cluster/program';
import { machine, median } from './measure';
import { untilFollowed } from '../cluster/members';

interface Handover {
  /** ms from `POST /promote` to its answer */
  readonly promotedMs: number;
  /** ms from `POST /promote` to the first write that a majority has */
  readonly writtenMs: number;
}

/** How long is it from POST /promote to the first write that a majority of the members has? */
export async function promote(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
  });
  const rounds = wholeNumber('rounds', values.rounds);
  const settings = { LOG_LEVEL: 'warn', NODE_ENV: 'production', SYNC_INTERVAL_SECONDS: '0' };
  const cluster = await Cluster.start({ settings });
  try {
    const alive: Handover[] = [];
    for (let round = 0; round < rounds; round += 1) alive.push(await handOver(cluster, round));
    const dead = await takeOver(cluster, rounds);
    const figures = { machine: machine(), rounds, alive: summary(alive), dead };
    print(values.json ? JSON.stringify(figures) : report(figures));
  } finally {
    await cluster.remove();
  }
  return 0;
}

/** The next node becomes the master while the old one is alive. */
async function handOver(cluster: Cluster, round: number): Promise<Handover> {
  const master = at(cluster, round);
  await untilFollowed(cluster.http, master.url, cluster.nodes.length - 1);
  return promoted(cluster, at(cluster, round + 1), `handed over ${round}`);
}

/** The master was killed. */
async function takeOver(cluster: Cluster, round: number): Promise<Handover> {
  const master = at(cluster, round);
  await untilFollowed(cluster.http, master.url, cluster.nodes.length - 1);
  await master.kill();
  return promoted(cluster, at(cluster, round + 1), 'taken over');
}

async function promoted({ http }: Cluster, node: NodeProcess, text: string): Promise<Handover> {
  const begin = performance.now();
  const answer = await http.ask(`${node.url}/promote`, { method: 'POST' });
  const promotedMs = performance.now() - begin;
  if (answer.status !== 200)
    throw new Error(`POST /promote answered ${answer.status}: ${String(answer.body)}`);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ text });
  const write = await http.ask(`${node.url}/webhook?wc=majority`, { method: 'POST', headers, body });
  if (write.status !== 200)
    throw new Error(`the first write answered ${write.status}: ${String(write.body)}`);
  return { promotedMs, writtenMs: performance.now() - begin };
}

function at({ nodes }: Cluster, round: number): NodeProcess {
  return nodes[round % nodes.length] as NodeProcess;
}

function summary(handovers: readonly Handover[]): Handover {
  return {
    promotedMs: median(handovers.map(({ promotedMs }) => promotedMs)),
    writtenMs: median(handovers.map(({ writtenMs }) => writtenMs)),
  };
}

function report({ machine: about, rounds, alive, dead }: Figures): string {
  const line = (name: string, { promotedMs, writtenMs }: Handover): string =>
    `  ${name.padEnd(44)}${promotedMs.toFixed(1).padStart(12)}${writtenMs.toFixed(1).padStart(26)}`;
  return [
    'from POST /promote, three nodes',
    about,
    `  ${''.padEnd(44)}${'answer, ms'.padStart(12)}${'first majority write, ms'.padStart(26)}`,
    line(`old master alive (median of ${rounds})`, alive),
    line('old master killed', dead),
  ].join('\n');
}

interface Figures {
  readonly machine: string;
  readonly rounds: number;
  readonly alive: Handover;
  readonly dead: Handover;
}
