import { join } from 'node:path';
import { ROOT } from '../cluster/build';
import { mutantNamed, mutated, readMutants } from './program/mutant';
import { run, scenarioSeeds, seeds } from './program/run';
import type { Task } from './program/task';
import { SCENARIOS } from './scenarios/scenarios';

const NAMES = SCENARIOS.map(({ name }) => name);

/** Violations with the task that shows them again. */
async function violationsOf(tasks: Iterable<Task>): Promise<string[]> {
  const { failed } = await run({ tasks });
  return failed.map(({ task, violation }) => `${JSON.stringify(task)}: ${violation}`);
}

describe('the replication, simulated', () => {
  it('has its planted faults where the sources are now', () => {
    for (const mutant of readMutants()) {
      for (const { file } of [mutant, ...(mutant.also ?? [])])
        expect(mutated(mutant, join(ROOT, file))).toBeDefined();
    }
    expect(readMutants().length).toBeGreaterThanOrEqual(20);
  });

  it('holds its invariants in every scenario', async () => {
    expect(await violationsOf(scenarioSeeds(NAMES, 1, 3))).toEqual([]);
  });

  it('holds its invariants through random faults', async () => {
    expect(await violationsOf(seeds(1, 150))).toEqual([]);
  });

  it('runs the same way again, with and without a trace', async () => {
    const hashes = new Map<number, Set<string>>();
    const twice = [...seeds(1, 5), ...[...seeds(1, 5)].map((task) => ({ ...task, tracing: true }))];
    await run({
      tasks: twice,
      onOutcome({ task, hash, trace }) {
        hashes.set(task.seed, (hashes.get(task.seed) ?? new Set()).add(hash));
        expect(trace.length > 0).toBe(task.tracing === true);
      },
    });
    expect([...hashes.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1]);
    expect(new Set([...hashes.values()].flatMap((set) => [...set])).size).toBe(5);
  });

  it('notices a planted fault', async () => {
    const mutant = mutantNamed("no chain check of a follower's end");
    const { failed } = await run({ tasks: scenarioSeeds(['bare-tail'], 1, 10), mutant, bail: true });
    expect(failed.length).toBeGreaterThan(0);
  });
});
