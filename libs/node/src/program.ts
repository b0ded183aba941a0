import { readServerTls, runNode } from '@hooklog/service';
import type { Role } from '@hooklog/sync-protocol';
import { isCommand, runCommand } from './command';
import { letHeapGrow } from './heap-growth';
import { peerAccessOf } from './peer-access';
import type { NodeSettings } from './settings';
import { startNode } from './start';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Program {
  readonly name: string;
  /** What a node with an empty store is. */
  readonly first: Role;
  /** @throws SettingsError */
  readonly readSettings: (env: Environment) => NodeSettings;
}

/**
 * A whole process. Without a word it is a node, until a signal ends it. With `promote` or `demote` it tells the node
 * that runs with the same settings, prints its answer, and ends with exit code 0, or 1 where the answer is no.
 */
export function runProgram(
  { name, first, readSettings }: Program,
  words: readonly string[],
  env: Environment,
): void {
  const [command] = words;
  if (command === undefined) {
    letHeapGrow();
    return runNode(
      { name, readSettings: refusingFiles(readSettings), start: (parts) => startNode({ ...parts, first }) },
      env,
    );
  }
  if (!isCommand(command) || words.length > 1)
    return end(`${name}: the words are promote and demote, or none`, 1);
  try {
    void runCommand(command, readSettings(env)).then(({ text, exitCode }) => end(text, exitCode));
  } catch (error) {
    end(`${name} ${command}: ${(error as Error).message}`, 1);
  }
}

/** A certificate that cannot be used ends a start before anything is opened. */
function refusingFiles(readSettings: Program['readSettings']): Program['readSettings'] {
  return (env) => {
    const settings = readSettings(env);
    readServerTls(settings);
    peerAccessOf(settings, Date.now);
    return settings;
  };
}

function end(text: string, exitCode: number): void {
  (exitCode === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = exitCode;
}
