import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COUNTER_BYTES = 8;
/** A database may run as a user of its own. */
const EVERYBODY = 0o777;

/** Counts fsyncs of the processes that get its environment, and makes them slower. */
export class FsyncShim {
  private constructor(
    private readonly library: string,
    private readonly folder: string,
  ) {}

  /** Or, as a text, why there is none. */
  static build(folder: string): FsyncShim | string {
    const library = join(folder, 'fsync-shim.so');
    const args = ['-shared', '-fPIC', '-O2', '-o', library, join(__dirname, 'fsync-shim.c'), '-ldl'];
    const compiled = spawnSync('gcc', args, { encoding: 'utf8' });
    if (compiled.error) return 'gcc is not here, so no delay can be injected';
    if (compiled.status !== 0) return `gcc could not compile the shim: ${compiled.stderr.split('\n')[0]}`;
    chmodSync(folder, EVERYBODY);
    return new FsyncShim(library, folder);
  }

  /** @param name of the processes that are counted together */
  env(name: string, delayMs: number): Record<string, string> {
    const file = this.counter(name);
    writeFileSync(file, Buffer.alloc(COUNTER_BYTES));
    chmodSync(file, EVERYBODY);
    return {
      LD_PRELOAD: this.library,
      FSYNC_COUNT_FILE: file,
      FSYNC_DELAY_US: String(delayMs * 1000),
    };
  }

  /** How many fsyncs these processes have done. */
  count(name: string): number {
    return Number(readFileSync(this.counter(name)).readBigUInt64LE());
  }

  private counter(name: string): string {
    return join(this.folder, `${name}.fsyncs`);
  }
}
