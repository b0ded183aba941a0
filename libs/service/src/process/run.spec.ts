import { spawn } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(30_000);

const PROGRAM = join(__dirname, '../testing/signalled-process.ts');
const UNREAL_SECONDS = '600';

interface Ended {
  readonly code: number | null;
  readonly lines: readonly Record<string, unknown>[];
}

/** Runs the program, sends it the signals (each when the line before it was seen), and waits for its end. */
function run(
  args: readonly string[],
  steps: readonly (readonly [after: string, signal: NodeJS.Signals])[] = [],
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const left = [...steps];
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (left[0] && text.includes(`"msg":"${left[0][0]}"`)) child.kill(left.shift()?.[1]);
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const lines = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      resolve({ code, lines });
    });
  });
}

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops cleanly on %s', async (signal) => {
    const { code, lines } = await run(['obeys', UNREAL_SECONDS], [['up', signal]]);
    expect([code, lines.map(({ msg }) => msg)]).toEqual([0, ['up', 'stopping', 'stopped']]);
  });

  it('reads again on SIGHUP, and goes on', async () => {
    const { code, lines } = await run(
      ['reloads', UNREAL_SECONDS],
      [
        ['up', 'SIGHUP'],
        ['reloaded', 'SIGTERM'],
      ],
    );
    expect([code, lines.map(({ msg }) => msg)]).toEqual([0, ['up', 'reloaded', 'stopping', 'stopped']]);
  });

  it('takes two signals at once for one', async () => {
    const { code } = await run(
      ['slow', UNREAL_SECONDS],
      [
        ['up', 'SIGINT'],
        ['stopping', 'SIGTERM'],
      ],
    );
    expect(code).toBe(0);
  });

  it('ends with 1 when its stop takes too long', async () => {
    const { code, lines } = await run(['hangs', '1'], [['up', 'SIGTERM']]);
    expect([code, lines.at(-1)]).toEqual([1, expect.objectContaining({ level: 'error', stopSeconds: 1 })]);
  });

  it.each([
    ['throws', 'uncaught exception'],
    ['rejects', 'unhandled rejection'],
  ])('that %s says why, and ends with 1', async (behaviour, what) => {
    const { code, lines } = await run([behaviour, UNREAL_SECONDS]);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringContaining(what),
      err: { stack: expect.any(String) },
    });
  });
});
