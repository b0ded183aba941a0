import { parseArgs } from 'node:util';
import { print, runProgram, wholeNumber } from '../cluster/program';
import { AskedNode } from './asked-node';
import { differenceLines, summary } from './report';
import { verify } from './verify';

const USAGE = `npm run verify -- <url> <url> [--settle 60]
Compares what two running nodes hold and prints what differs. CLUSTER_SECRET is that of the nodes, if they have one.
  --settle <seconds>   what came later than that is not compared: it may be on its way
Exit code 0: they hold the same entries; 1: they differ; 2: they could not be compared.`;

const [EQUAL, DIFFERENT, NOT_COMPARED] = [0, 1, 2];

async function main(): Promise<number> {
  try {
    return await compare();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return NOT_COMPARED;
  }
}

async function compare(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      settle: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return (print(USAGE), EQUAL);
  const [first, second, ...others] = positionals;
  if (first === undefined || second === undefined || others.length > 0) throw new Error(USAGE);
  const secret = process.env['CLUSTER_SECRET'] ?? '';
  const nodes = [new AskedNode(first, secret), new AskedNode(second, secret)] as const;
  const begin = performance.now();
  const verified = await verify(...nodes, wholeNumber('settle', values.settle));
  for (const line of differenceLines(verified, nodes)) print(line);
  print(summary(verified, nodes, performance.now() - begin));
  if (verified.first.length + verified.second.length > 0) return DIFFERENT;
  return verified.complete ? EQUAL : NOT_COMPARED;
}

runProgram(main);
