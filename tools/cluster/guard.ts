import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Kills what it was told of as soon as its stdin ends, which happens however this process ends,
 * SIGKILL included: no node outlives the program that started it.
 */
const SCRIPT = `
pids=' '
while read -r sign pid; do
  case "$sign" in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
`;

let guard: ChildProcess | undefined;

/** From now on `child` dies with this process. */
export function dieWithParent(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  tell(`+ ${pid}`);
  child.once('exit', () => tell(`- ${pid}`));
}

function tell(line: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${line}\n`);
}

/** In a session of its own, so that a Ctrl-C does not reach it; unreferenced, so that it keeps nobody alive. */
function startGuard(): ChildProcess {
  const started = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  started.on('error', () => undefined);
  started.stdin.on('error', () => undefined);
  started.unref();
  (started.stdin as unknown as { unref(): void }).unref();
  return started;
}
