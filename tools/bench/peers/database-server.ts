import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { eventually } from '../../cluster/deadline';
import { dieWithParent } from '../../cluster/guard';

const READY_MS = 30_000;

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a database that ends with this process; resolves when it takes connections. */
export async function startServer(
  program: string,
  args: readonly string[],
  port: number,
  user?: ServerUser,
): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...user });
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code) => fail(`${program} ended with ${code}`));
  dieWithParent(child);
  await eventually(`${program} listens on ${port}`, READY_MS, () => answers(port));
}

function fail(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
}
