import type { ServerResponse } from 'node:http';
import type { Appended, OrderedLog } from '@hooklog/ordered-log';
import { LOCAL_CONCERN, requiredOf, SyncError } from '@hooklog/sync-protocol';
import { RequestError } from '../problem/request-error';
import type { Acknowledged } from '../routes/acknowledged';
import { appendWithConcern, type WriteConcerns } from '../routes/write-concern';
import type { SourceRules } from './source';

export interface SourceConcernOptions {
  readonly log: OrderedLog;
  readonly concerns: WriteConcerns;
  readonly rules: SourceRules;
  /** ms of the deadline that are left */
  readonly leftMs: number;
}

/** Refused in front of the append: nothing is stored yet. */
const UNREACHABLE: readonly string[] = ['CONCERN_UNREACHABLE', 'NOT_MASTER', 'OVERLOADED'];

/**
 * Appends with the write concern of a source. A sender that never tries again is told 200 as soon as the entry is
 * durable here and the deadline is over, or the other nodes cannot be asked at all: the answer says how many have it.
 * @throws as appendWithConcern
 */
export async function appendForSource(
  options: SourceConcernOptions,
  res: ServerResponse,
  append: () => Promise<Appended>,
): Promise<Acknowledged> {
  const { concerns, rules, leftMs } = options;
  const asked = { concern: rules.writeConcern, timeoutMs: leftMs };
  if (rules.onTimeout === 'refuse' || rules.writeConcern === LOCAL_CONCERN)
    return appendWithConcern(concerns, asked, res, append);
  if (!isReachable(options)) return { ...(await append()), replication: aloneOf(options) };
  let appended: Appended | undefined;
  try {
    return await appendWithConcern(concerns, asked, res, async () => (appended = await append()));
  } catch (error) {
    if (appended === undefined || !isTimeout(error)) throw error;
    const { sequence, replication } = error.more.members as Pick<Acknowledged, 'sequence' | 'replication'>;
    return { ...appended, sequence, replication };
  }
}

function isReachable({ concerns, rules }: SourceConcernOptions): boolean {
  try {
    concerns.admit(rules.writeConcern);
    return true;
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof SyncError)) throw error;
    if (UNREACHABLE.includes(error.code)) return false;
    throw error;
  }
}

function aloneOf({ log, rules }: SourceConcernOptions): Acknowledged['replication'] {
  const voting = log.members.filter((member) => member.voting).length;
  return { acknowledged: 1, required: requiredOf(rules.writeConcern, voting) };
}

function isTimeout(error: unknown): error is RequestError {
  return error instanceof RequestError && error.code === 'CONCERN_TIMEOUT';
}
