import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { bundleOf, type Role, ROOT } from './build';
import { eventually, within } from './deadline';
import { dieWithParent } from './guard';
import { type HttpClient } from './http-client';

export interface NodeOptions {
  readonly role: Role;
  /** NODE_ID */
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  /** Settings beside NODE_ID, PORT and DATA_DIR, and any other environment of the process. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What node runs instead of the role's bundle: a peer that is compared with it. */
  readonly program?: readonly string[];
  /** Each line that the process prints, as it is printed. */
  readonly onLine?: (line: string) => void;
}

/** null is "killed by a signal" */
export type ExitCode = number | null;

const READY_MS = 60_000;
const STOP_MS = 30_000;
const LINES_KEPT = 400;

/** One node as users run it: `node dist/apps/<role>/main.js` with an environment, on a port that stays its own. */
export class NodeProcess {
  readonly name: string;
  readonly role: Role;
  readonly url: string;
  /** The last lines printed, over restarts. */
  readonly lines: string[] = [];
  private child: ChildProcess | undefined;
  private ended: Promise<ExitCode> = Promise.resolve(null);

  constructor(
    readonly options: NodeOptions,
    private readonly http: HttpClient,
  ) {
    this.name = options.name;
    this.role = options.role;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves with the exit code of the running (or last) process. */
  get exit(): Promise<ExitCode> {
    return this.ended;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  /** Spawns the process and returns at once; `settings` apply to this run alone. */
  spawn(settings: Readonly<Record<string, string>> = {}): void {
    const { role, name, port, dataDir } = this.options;
    const own = { NODE_ID: name, PORT: String(port), DATA_DIR: dataDir };
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...own, ...this.options.settings };
    const child = spawn(process.execPath, this.options.program ?? [bundleOf(role)], {
      cwd: ROOT,
      env: { ...env, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a Ctrl-C is for the program that runs the nodes: it decides what they are told
    });
    this.child = child;
    dieWithParent(child);
    this.ended = this.watch(child);
  }

  /** Resolves when /readyz answers 200; rejects at once when the process ends before. */
  async ready(deadlineMs = READY_MS): Promise<void> {
    const gone = this.exit.then((code) => {
      throw new Error(
        `${this.name} ended with ${code} before it was ready:\n${this.lines.slice(-20).join('\n')}`,
      );
    });
    await Promise.race([gone, eventually(`${this.name} is ready`, deadlineMs, () => this.answersReady())]);
  }

  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    this.spawn(settings);
    await this.ready();
  }

  /** kill -9: nothing of the process runs after this. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await within(`${this.name} is gone after SIGKILL`, STOP_MS, this.exit);
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ExitCode> {
    this.signal(signal);
    return within(`${this.name} stops after ${signal}`, STOP_MS, this.exit);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  private async answersReady(): Promise<boolean> {
    const { status, body } = await this.http.ask(`${this.url}/readyz`, { timeoutMs: 2_000 });
    if (status !== 200) throw new Error(`/readyz answered ${status}: ${body.subarray(0, 300).toString()}`);
    return true;
  }

  private watch(child: ChildProcess): Promise<ExitCode> {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.note(line));
    }
    return new Promise((resolve) => {
      const end = (code: ExitCode): void => {
        if (this.child === child) this.child = undefined;
        resolve(code);
      };
      child.once('close', end);
      child.once('error', (error) => {
        this.note(error.message);
        end(1);
      });
    });
  }

  private note(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
    this.options.onLine?.(line);
  }
}
