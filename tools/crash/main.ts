import { parseArgs } from 'node:util';
import { buildApps } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { COLLECT_ALONE, RECONCILE_ALONE } from '../cluster/one-way';
import { print, runProgram, wholeNumber } from '../cluster/program';
import { type Journal } from '../proof/journal';
import { Progress } from '../proof/progress';
import { faultLines, table, verdictRows } from '../proof/report';
import { runCrash } from './scenario';

const USAGE = `npm run crash -- [--cycles 100] [--seed <number>] [--no-collect | --no-sync]
A client writes to all nodes of a private cluster and journals what is answered; a random node is killed (SIGKILL) and
started again in each cycle. --no-collect: reconciling alone brings entries home. --no-sync: collect alone does.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cycles: { type: 'string', default: '100' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      'no-collect': { type: 'boolean', default: false },
      'no-sync': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return (print(USAGE), 0);
  if (values['no-collect'] && values['no-sync'])
    throw new Error('--no-collect and --no-sync together bring nothing home');
  buildApps();
  const settings = { ...(values['no-collect'] && RECONCILE_ALONE), ...(values['no-sync'] && COLLECT_ALONE) };
  const cluster = await Cluster.start({ settings });
  const [cycles, seed] = [wholeNumber('cycles', values.cycles), wholeNumber('seed', values.seed)];
  print(`${cycles} cycles, seed ${seed}, data in ${cluster.dir}`);
  let passed = false;
  try {
    passed = await crash(cluster, cycles, seed);
    await cluster.stop();
  } finally {
    if (passed) await cluster.remove();
    else print(`the nodes' data and logs, and the client's journal.ndjson, are kept in ${cluster.dir}`);
  }
  return passed ? 0 : 1;
}

async function crash(cluster: Cluster, cycles: number, seed: number): Promise<boolean> {
  const start = Date.now();
  const seconds = (): number => (Date.now() - start) / 1000;
  let done = 0;
  let answered = 0;
  const progress = new Progress(
    cycles,
    () => done,
    () => `${answered} answered`,
  );
  const onCycle = (cycle: number, journal: Journal): void => {
    [done, answered] = [cycle, journal.answered];
    if (!process.stdout.isTTY && cycle % 10 === 0)
      print(`  cycle ${cycle}: ${answered} answered, ${seconds().toFixed(0)} s`);
  };
  const verdict = await runCrash({ cluster, cycles, seed, onCycle }).finally(() => progress.end());
  print(table([['cycles', cycles], ...verdictRows(verdict, seconds())]));
  if (verdict.faults.length > 0) print(faultLines(verdict));
  return verdict.passed;
}

runProgram(main);
