import { parseArgs } from 'node:util';
import { print, runProgram, wholeNumber } from '../cluster/program';
import { killAll } from './program/kill';
import { mutantNamed } from './program/mutant';
import { run, scenarioSeeds, seeds } from './program/run';
import type { Task } from './program/task';
import { SCENARIOS } from './scenarios/scenarios';

const USAGE = `npm run simulate -- [--seeds 1000] [--from 1] [--scenario <name> | all] [--mutant <name>]
Runs the replication of 3 to 5 nodes in virtual time, with faults, and checks the invariants of the design.
  --seed <n> --trace   one simulation again, with what happened in it
  --mutants            plants every fault of mutants.json and tells what notices it; --only <part of a name>
Exit code 1 when an invariant was violated, or a mutant lives.`;

const PROGRESS_EVERY_MS = 10_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      scenario: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return (print(USAGE), 0);
  const count = wholeNumber('seeds', values.seeds);
  if (values.mutants) return kill(values.only, count);
  const from =
    values.seed === undefined ? wholeNumber('from', values.from) : wholeNumber('seed', values.seed);
  const tasks = tasksOf(values.scenario, from, values.seed === undefined ? count : 1);
  return simulate(tasks, values.mutant, values.trace);
}

function tasksOf(scenario: string | undefined, from: number, count: number): Iterable<Task> {
  if (scenario === undefined) return seeds(from, count);
  return scenarioSeeds(scenario === 'all' ? SCENARIOS.map(({ name }) => name) : [scenario], from, count);
}

async function simulate(
  tasks: Iterable<Task>,
  mutant: string | undefined,
  tracing: boolean,
): Promise<number> {
  const start = Date.now();
  let told = start;
  const summary = await run({
    tasks: tracing ? [...tasks].map((task) => ({ ...task, tracing })) : tasks,
    ...(mutant !== undefined && { mutant: mutantNamed(mutant) }),
    onOutcome({ trace, hash }, { statistics, failed }) {
      if (tracing) print([...trace, `hash ${hash}`].join('\n'));
      if (Date.now() - told < PROGRESS_EVERY_MS) return;
      told = Date.now();
      print(`  ${statistics.seeds} simulations, ${failed.length} violations`);
    },
  });
  print(summary.lines(Date.now() - start).join('\n'));
  return summary.passed ? 0 : 1;
}

async function kill(only: string, seedsMax: number): Promise<number> {
  const alive = await killAll(only, seedsMax, print);
  print(alive.length === 0 ? 'every mutant is killed' : `alive: ${alive.join(', ')}`);
  return alive.length === 0 ? 0 : 1;
}

runProgram(main);
