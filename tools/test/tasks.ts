import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';
import { runNx } from './nx';

const TARGETS = ['lint', 'typecheck', 'test'] as const;
type Target = (typeof TARGETS)[number];

/** One Nx task, as it ended. `missing`: it did not run, because what it needs failed or Nx did, or it hung. */
export interface Task {
  readonly project: string;
  readonly target: Target;
  readonly status: 'passed' | 'failed' | 'missing';
  /** everything that it printed */
  readonly output: string;
}

export interface Run {
  readonly tasks: readonly Task[];
  /** everything that Nx printed */
  readonly output: string;
  /** tasks that were still running at the deadline: their results, and those of all others, are unknown */
  readonly hung: readonly string[];
}

interface ProfileEvent {
  readonly name: string;
  readonly args: { readonly status?: string };
}

const PROFILE = 'dist/test-results/tasks.json';
const PASSED = ['success', 'local-cache', 'local-cache-kept-existing', 'remote-cache'];
const HEADING = /^> nx run ([^\s:]+:[^\s:]+)/;

/** Runs lint, type check and tests of every project through Nx; calls `onEnd` with each task's name as it ends. */
export async function runTasks(onEnd: (task: string) => void): Promise<Run> {
  rmSync(join(ROOT, PROFILE), { force: true });
  const outputs = new Map<string, string[]>();
  const all: string[] = [];
  let current: string[] = [];
  const inTime = await runNx(TARGETS, PROFILE, (line) => {
    all.push(line);
    const task = HEADING.exec(line)?.[1];
    if (task !== undefined) outputs.set(task, (current = []));
    if (task !== undefined) onEnd(task);
    current.push(line);
  });
  const statuses = readProfile();
  const tasks = expectedTasks().map(({ project, target }): Task => {
    const name = `${project}:${target}`;
    return {
      project,
      target,
      status: statusOf(statuses.get(name)),
      output: (outputs.get(name) ?? []).join('\n').trim(),
    };
  });
  const unended = tasks
    .map(({ project, target }) => `${project}:${target}`)
    .filter((name) => !outputs.has(name));
  return { tasks, output: all.join('\n'), hung: inTime ? [] : unended };
}

/** Every project that has these targets: read from the project files, so that one which Nx forgets is missed. */
function expectedTasks(): { readonly project: string; readonly target: Target }[] {
  const folders = ['apps', 'libs'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
  );
  return [...folders, 'tools'].flatMap((folder) => {
    const file = join(ROOT, folder, 'project.json');
    if (!existsSync(file)) return [];
    const { name, targets } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; targets: object };
    return TARGETS.filter((target) => target in targets).map((target) => ({ project: name, target }));
  });
}

/** Nx's own record of how each task ended; empty when Nx did not come to its end. */
function readProfile(): Map<string, string | undefined> {
  const file = join(ROOT, PROFILE);
  if (!existsSync(file)) return new Map();
  const events = JSON.parse(readFileSync(file, 'utf8')) as ProfileEvent[];
  return new Map(events.map(({ name, args }) => [name, args.status]));
}

function statusOf(nxStatus: string | undefined): Task['status'] {
  if (nxStatus === undefined || nxStatus === 'skipped') return 'missing';
  return PASSED.includes(nxStatus) ? 'passed' : 'failed';
}
