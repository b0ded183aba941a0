import { buildApps } from '../cluster/build';
import { print, runProgram } from '../cluster/program';
import { catchUp } from './catch-up';
import { concern } from './concern';
import { hasher } from './hasher';
import { ingest } from './ingest';
import { lines } from './lines';
import { million } from './million';
import { overload } from './overload';
import { promote } from './promote';
import { reconcile } from './reconcile';
import { reconcileNodes } from './reconcile-nodes';
import { start } from './start';

const USAGE = `npm run bench -- ingest [--peers echo,naive,hooklog,…] [--body 1k,8k] [--connections 64,256] [--fsync-delay-ms 0,1,5] [--generator wrk|own] [--seconds 4] [--rounds 5] [--json]
npm run bench -- lines  [--entries 100000] [--rounds 3] [--body 1k] [--json]
npm run bench -- million [--entries 1000000] [--json]
npm run bench -- overload [--seconds 60] [--times 4] [--connections 3000] [--json]
npm run bench -- start  [--entries 100000] [--json]
npm run bench -- concern [--connections 64] [--seconds 5] [--rounds 3] [--fsync-delay-ms 1] [--json]
npm run bench -- catch-up [--entries 100000] [--json]
npm run bench -- promote [--rounds 10] [--json]
npm run bench -- reconcile [--entries 1000000] [--json]
npm run bench -- reconcile-nodes [--entries 1000000] [--missing 1000] [--json]
npm run bench -- hasher [--json]`;

const QUESTIONS = {
  ingest,
  lines,
  million,
  overload,
  start,
  concern,
  'catch-up': catchUp,
  promote,
  reconcile,
  'reconcile-nodes': reconcileNodes,
  hasher,
};
/** Questions that no node is asked. */
const NODELESS = new Set(['reconcile', 'hasher']);

async function main(): Promise<number> {
  const [question = '', ...args] = process.argv.slice(2);
  const answer = QUESTIONS[question as keyof typeof QUESTIONS];
  if (!answer) {
    print(USAGE);
    return question === '--help' ? 0 : 1;
  }
  if (!NODELESS.has(question)) buildApps();
  return answer(args);
}

runProgram(main);
