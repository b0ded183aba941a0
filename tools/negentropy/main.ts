/**
 * Speaks the line protocol of the public negentropy test suite on stdin and stdout. Settings: FRAMESIZELIMIT (bytes
 * of a message, 0 or at least 4096), POLICY (reference, tuned).
 */
import { createInterface } from 'node:readline';
import { REFERENCE, TUNED } from '@hooklog/sync-protocol';
import { print, runProgram, wholeNumber } from '../cluster/program';
import { Session } from './session';

const POLICIES = { reference: REFERENCE, tuned: TUNED };
const NO_LIMITS = {
  messageBytesMax: Infinity,
  messageRangesMax: Infinity,
  differencesMax: Infinity,
  roundsMax: Infinity,
};

async function main(): Promise<number> {
  const { FRAMESIZELIMIT, POLICY } = process.env;
  const policy = POLICIES[(POLICY || 'reference') as keyof typeof POLICIES];
  if (policy === undefined) throw new Error(`POLICY is reference or tuned, not ${JSON.stringify(POLICY)}`);
  const frameBytesMax = wholeNumber('FRAMESIZELIMIT', FRAMESIZELIMIT || '0');
  const session = new Session({ policy, frameBytesMax, limits: NO_LIMITS });
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line === '') continue;
    const answers = session.take(line);
    if (answers.length > 0) print(answers.join('\n'));
  }
  return 0;
}

runProgram(main);
