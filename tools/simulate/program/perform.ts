import { Violation } from '../checks/violation';
import { scenarioOf } from '../scenarios/scenarios';
import { play, Simulation, storm } from '../simulation';
import type { World } from '../world/world';
import type { Outcome, Task } from './task';

/** Stack traces of errors that are part of the story cost more than the story. */
const STACK_LINES_TRACED = 20;

/** The simulation that runs now, for a promise that was rejected and that nobody looked at. */
let current: World | undefined;

process.on('unhandledRejection', (reason) => {
  current?.fail(new Violation('NO-CRASH', `a promise was rejected and nobody looked: ${print(reason)}`));
});

/** Runs one simulation to its end. Never rejects. */
export async function perform(task: Task): Promise<Outcome> {
  const tracing = task.tracing === true;
  Error.stackTraceLimit = tracing ? STACK_LINES_TRACED : 0;
  const scenario = task.scenario === undefined ? undefined : scenarioOf(task.scenario);
  const simulation = new Simulation(task.seed, { tracing, ...scenario });
  const { world, statistics } = simulation;
  current = world;
  let violation: string | undefined;
  try {
    await play(world, () => (scenario ? scenario.run(simulation) : storm(simulation)));
  } catch (error) {
    violation = error instanceof Violation ? error.message : print(error);
    world.trace.note('checks', () => violation!);
  }
  current = undefined;
  simulation.count();
  return { task, hash: world.trace.hash, statistics, violation, trace: world.trace.lines };
}

function print(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
