import { parseArgs } from 'node:util';
import { buildApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { RECONCILE_ALONE } from '../cluster/one-way';
import { print, runProgram, wholeNumber } from '../cluster/program';
import { exampleBodies } from '../proof/examples';
import { type Journal } from '../proof/journal';
import { Progress } from '../proof/progress';
import { faultLines, table, verdictRows } from '../proof/report';
import { runDemo } from './scenario';

const USAGE = `npm run demo -- [--seed <number>] [--per-second <number>] [--no-collect] [--keep]
Sends every example webhook of GitHub to the three nodes of a private cluster, kills each node once meanwhile,
and compares what all nodes hold at the end with what was sent. Exit code 0: nothing lost, nothing doubled, one order.
--no-collect: reconciling alone brings entries of slaves home.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      'per-second': { type: 'string', default: '100' },
      'no-collect': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return (print(USAGE), 0);
  buildApps();
  const bodies = exampleBodies();
  const seed = wholeNumber('seed', values.seed);
  const perSecond = Math.max(1, wholeNumber('per-second', values['per-second']));
  const cluster = await Cluster.start({ settings: values['no-collect'] ? RECONCILE_ALONE : {} });
  print(
    `${bodies.length} webhooks to ${cluster.nodes.map(({ url }) => url).join(', ')} (seed ${seed}, data in ${cluster.dir})`,
  );
  let passed = false;
  try {
    passed = await demo(cluster, bodies, seed, perSecond);
    await cluster.stop();
  } finally {
    if (passed && !values.keep) await cluster.remove();
    else print(`the nodes' data and logs are kept in ${cluster.dir}`);
  }
  return passed ? 0 : 1;
}

async function demo(
  cluster: Cluster,
  bodies: readonly string[],
  seed: number,
  perSecond: number,
): Promise<boolean> {
  const start = Date.now();
  let phase = '';
  let journal: Journal | undefined;
  const expected = Math.round(bodies.length * 1.2);
  const progress = new Progress(
    expected,
    () => journal?.answered ?? 0,
    () => phase,
  );
  const onPhase = (next: string, current: Journal): void => {
    [phase, journal] = [next, current];
    if (!process.stdout.isTTY) print(`  ${next}`);
  };
  const verdict = await runDemo({ cluster, bodies, seed, perSecond, onPhase }).finally(() => progress.end());
  print(table(verdictRows(verdict, (Date.now() - start) / 1000)));
  if (verdict.faults.length > 0) print(faultLines(verdict));
  return verdict.passed;
}

runProgram(main);
