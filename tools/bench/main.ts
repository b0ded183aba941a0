import { buildApps } from '../cluster/build';
import { print, runProgram } from '../cluster/program';
import { ingest } from './ingest';
import { start } from './start';

const USAGE = `npm run bench -- ingest [--connections 64] [--seconds 5] [--rounds 5] [--fsync-delay-ms 0] [--json]
npm run bench -- start  [--entries 100000] [--json]`;

const QUESTIONS = { ingest, start };

async function main(): Promise<number> {
  const [question = '', ...args] = process.argv.slice(2);
  const answer = QUESTIONS[question as keyof typeof QUESTIONS];
  if (!answer) {
    print(USAGE);
    return question === '--help' ? 0 : 1;
  }
  buildApps();
  return answer(args);
}

runProgram(main);
