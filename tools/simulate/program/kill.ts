import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { SCENARIOS } from '../scenarios/scenarios';
import { type Mutant, readMutants } from './mutant';
import { run, scenarioSeeds, seeds } from './run';
import { nameOf, type Outcome, type Task } from './task';

/** With each scenario; what a scenario leaves to chance is drawn anew each time. */
const SCENARIO_SEEDS = 10;
export const TABLE = join(__dirname, '../MUTANTS.md');

/** How a mutant ended: undefined when it lives. */
type Killer = Pick<Outcome, 'task' | 'violation'> | undefined;

/** Scenarios first, those that the mutant names before the others, then seeds. */
function* trials({ scenarios = [] }: Mutant, seedsMax: number): Generator<Task> {
  const names = SCENARIOS.map(({ name }) => name);
  yield* scenarioSeeds(scenarios, 1, SCENARIO_SEEDS);
  yield* scenarioSeeds(
    names.filter((name) => !scenarios.includes(name)),
    1,
    SCENARIO_SEEDS,
  );
  yield* seeds(1, seedsMax);
}

/** The first of the trials that notices it: the same each time, however many processes try. */
async function killerOf(mutant: Mutant, seedsMax: number): Promise<Killer> {
  const tasks = [...trials(mutant, seedsMax)];
  const { failed } = await run({ tasks, mutant, bail: true });
  const orderOf = ({ task }: Outcome): number => tasks.findIndex((one) => nameOf(one) === nameOf(task));
  return [...failed].sort((a, b) => orderOf(a) - orderOf(b))[0];
}

/** Runs every mutant until it is killed, writes the table, and returns the names of those that live. */
export async function killAll(
  wanted: string,
  seedsMax: number,
  onKilled: (line: string) => void,
): Promise<string[]> {
  const mutants = readMutants().filter(({ name }) => name.includes(wanted));
  if (mutants.length === 0) throw new Error(`mutants.json has no mutant with "${wanted}" in its name`);
  const rows: string[] = [];
  const alive: string[] = [];
  for (const mutant of mutants) {
    const killer = await killerOf(mutant, seedsMax);
    if (killer === undefined) alive.push(mutant.name);
    const by = killer === undefined ? 'nothing: it lives' : nameOf(killer.task);
    const [invariant] = /^[A-Z-]+(?=:)/.exec(killer?.violation ?? '') ?? [killer ? 'an error' : ''];
    rows.push(`| ${mutant.name} | \`${mutant.file}\` | ${by} | ${invariant} |`);
    onKilled(`${killer === undefined ? 'ALIVE ' : 'killed'} | ${mutant.name} | ${by} | ${invariant}`);
  }
  if (wanted === '') {
    const options = { ...(await resolveConfig(TABLE)), filepath: TABLE };
    writeFileSync(TABLE, await format(tableOf(rows), options));
  }
  return alive;
}

function tableOf(rows: readonly string[]): string {
  return [
    '# Planted faults, and what notices them',
    '',
    'Each is one small change of the source when the simulation is bundled (`mutants.json`). Written by',
    '`npm run simulate -- --mutants`.',
    '',
    '| Fault | In | Noticed by | As |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
