import { readdirSync, readFileSync } from 'node:fs';

/** What processes have used since they began. */
export interface Usage {
  readonly cpuSeconds: number;
  /** pages that were made dirty, and so have to be written to the disk */
  readonly bytesWritten: number;
}

/** Linux counts in these, whatever its kernel's own clock is (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Of these processes and all that they started, children that have ended included; Linux only. */
export function usageOf(roots: readonly number[]): Usage {
  const all = processes();
  const counted = new Set(roots);
  for (let before = -1; before !== counted.size;) {
    before = counted.size;
    for (const { pid, parent } of all) if (counted.has(parent)) counted.add(pid);
  }
  const ours = all.filter(({ pid }) => counted.has(pid));
  return {
    cpuSeconds: ours.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
    bytesWritten: ours.reduce((sum, { pid }) => sum + bytesWrittenBy(pid), 0),
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** of the process and of its ended children */
  readonly ticks: number;
}

function processes(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const text = textOf(`/proc/${pid}/stat`);
    if (text === undefined) return [];
    // the name in brackets may have spaces; what follows are state, parent, …
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks }];
  });
}

function bytesWrittenBy(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(textOf(`/proc/${pid}/io`) ?? '')?.[1] ?? 0);
}

/** undefined: it has ended meanwhile */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
