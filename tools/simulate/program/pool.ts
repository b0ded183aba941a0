import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { noStatistics } from '../statistics';
import type { Outcome, Task } from './task';

/** A simulation that takes longer than this hangs. */
const TASK_MS_MAX = 120_000;

/** Runs simulations in as many processes as there are cores; hands out tasks as they come, stops when told. */
export class Pool {
  #stopped = false;

  constructor(
    private readonly program: string,
    private readonly workers = availableParallelism(),
  ) {}

  /** Resolves when all tasks are done or it was stopped. */
  async run(tasks: Iterator<Task>, onOutcome: (outcome: Outcome) => void): Promise<void> {
    await Promise.all(Array.from({ length: this.workers }, () => this.#work(tasks, onOutcome)));
  }

  /** No further task begins. */
  stop(): void {
    this.#stopped = true;
  }

  async #work(tasks: Iterator<Task>, onOutcome: (outcome: Outcome) => void): Promise<void> {
    let worker: ChildProcess | undefined;
    try {
      while (!this.#stopped) {
        const next = tasks.next();
        if (next.done === true) return;
        worker ??= fork(this.program, { execArgv: ['--no-warnings', '--enable-source-maps'] });
        const outcome = await performIn(worker, next.value);
        if (outcome === undefined || worker.exitCode !== null) {
          worker.kill('SIGKILL');
          worker = undefined;
        }
        onOutcome(outcome ?? hung(next.value));
      }
    } finally {
      worker?.disconnect();
    }
  }
}

/** undefined: it took too long, or the process ended */
function performIn(worker: ChildProcess, task: Task): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const end = (outcome?: Outcome): void => {
      clearTimeout(timer);
      worker.off('message', end).off('exit', ended);
      resolve(outcome);
    };
    const ended = (): void => end();
    const timer = setTimeout(ended, TASK_MS_MAX);
    worker.on('message', end).on('exit', ended);
    worker.send(task);
  });
}

function hung(task: Task): Outcome {
  const violation = 'NO-CRASH: the simulation hangs, or ended its process';
  return { task, hash: '', statistics: noStatistics(), violation, trace: [] };
}
