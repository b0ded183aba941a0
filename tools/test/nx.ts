import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../cluster/build';

const PARALLEL_MAX = 4;
/** A run takes a few minutes; what is not over by then hangs. */
const DEADLINE_MS = 15 * 60_000;

/** `nx run-many` of these targets. Resolves with false when a task hung and Nx was ended. */
export async function runNx(
  targets: readonly string[],
  profile: string,
  onLine: (line: string) => void,
): Promise<boolean> {
  const nx = spawnNx(targets, profile);
  for (const stream of [nx.stdout, nx.stderr])
    if (stream) createInterface({ input: stream }).on('line', onLine);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      endGroup(nx);
      process.exit(1);
    });
  }
  let inTime = true;
  const timer = setTimeout(() => {
    inTime = false;
    endGroup(nx);
  }, DEADLINE_MS);
  await new Promise<void>((resolve, reject) => nx.once('error', reject).once('close', () => resolve()));
  clearTimeout(timer);
  return inTime;
}

function spawnNx(targets: readonly string[], profile: string): ChildProcess {
  const parallel = Math.min(PARALLEL_MAX, availableParallelism());
  const args = ['run-many', '-t', ...targets, `--parallel=${parallel}`, '--outputStyle=static'];
  const nxSettings = { NX_DAEMON: 'false', NX_TUI: 'false', NX_PROFILE: profile };
  const env = { ...process.env, ...nxSettings, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };
  return spawn(process.execPath, [join(ROOT, 'node_modules/.bin/nx'), ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, so that its tasks end with it
  });
}

function endGroup({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
}
