import { spawn } from 'node:child_process';
import { ROOT } from './build';
import { eventually } from './deadline';

/** Starts a child that would sleep for a minute, says its pid, and waits to be killed. */
const PARENT = `
  const { spawn } = require('node:child_process');
  const { dieWithParent } = require('./tools/cluster/guard.ts');
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  dieWithParent(child);
  const gone = spawn('true');
  dieWithParent(gone);
  gone.on('close', () => console.log(child.pid));
  setInterval(() => undefined, 1000);
`;

describe('dieWithParent', () => {
  it('ends the children of a program that was killed with SIGKILL', async () => {
    const parent = spawn(process.execPath, ['--import', 'tsx', '-e', PARENT], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (text) => resolve(Number(text))),
    );
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('the child is gone', 20_000, () => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
