import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The environment that makes a process' fsyncs slower, or why there is none. */
export function fsyncDelay(
  milliseconds: number,
  folder: string,
): { readonly env: Record<string, string> } | { readonly missing: string } {
  const library = join(folder, 'fsync-delay.so');
  const args = ['-shared', '-fPIC', '-O2', '-o', library, join(__dirname, 'fsync-delay.c'), '-ldl'];
  const compiled = spawnSync('gcc', args, { encoding: 'utf8' });
  if (compiled.error) return { missing: 'gcc is not here, so no delay can be injected' };
  if (compiled.status !== 0)
    return { missing: `gcc could not compile the shim: ${compiled.stderr.split('\n')[0]}` };
  return { env: { LD_PRELOAD: library, FSYNC_DELAY_US: String(milliseconds * 1000) } };
}
