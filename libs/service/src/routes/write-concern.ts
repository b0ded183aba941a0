import type { ServerResponse } from 'node:http';
import { objectIdOf, printEntryKey, printObjectId } from '@hooklog/object-id';
import type { Appended } from '@hooklog/ordered-log';
import {
  type Leaving,
  LOCAL_CONCERN,
  parseConcern,
  refuseTooLarge,
  type ReplicationState,
  type WriteConcern,
} from '@hooklog/sync-protocol';
import { RequestError } from '../problem/request-error';
import type { Acknowledged } from './acknowledged';
import { integerIn, type Queried } from './query';

/** Where an entry stands when the wait for its write concern is over. `sequence` is null while it is pending. */
export interface Replicated extends ReplicationState {
  readonly sequence: number | null;
  /** This node was the master when it gave the sequence, and is it no longer: the entry may get another one. */
  readonly deposed?: boolean;
}

/** What a node knows of the others: each role has its own. */
export interface WriteConcerns {
  /**
   * In front of an append. Rejected here, nothing is stored.
   * @throws SyncError CONCERN_TOO_LARGE; RequestError CONCERN_UNREACHABLE, NOT_MASTER, OVERLOADED
   */
  admit(concern: WriteConcern): void;
  /** Ends when it is met, after the time, or when the client leaves. */
  wait(appended: Appended, concern: WriteConcern, timeoutMs: number, client: Leaving): Promise<Replicated>;
}

export interface AskedConcern {
  readonly concern: WriteConcern;
  readonly timeoutMs: number;
}

/** A node without others. */
export const ALONE: WriteConcerns = {
  admit: (concern) => refuseTooLarge(concern, 1),
  wait: ({ sequence }) => Promise.resolve({ sequence, acknowledged: 1, required: 1, met: true }),
};

const ALONE_REPLICATION: Acknowledged['replication'] = { acknowledged: 1, required: 1 };
const TIMEOUT_MS = { min: 1, max: 300_000 };
const TIMEOUT_MS_DEFAULT = 10_000;

/** `?wc=` (1, a number, majority, all) and `?wtimeout=` (ms). @throws INVALID_CONCERN, INVALID_TIMEOUT */
export function concernIn(req: Queried, unasked: WriteConcern = LOCAL_CONCERN): AskedConcern {
  const { wc } = req.query;
  const concern = wc === undefined ? unasked : parseConcern(typeof wc === 'string' ? wc : '');
  return {
    concern,
    timeoutMs: integerIn(req, 'wtimeout', TIMEOUT_MS, 'INVALID_TIMEOUT') ?? TIMEOUT_MS_DEFAULT,
  };
}

/**
 * Appends, and answers when the concern is met.
 * @throws what `admit` and `append` throw: nothing was stored, or its outcome is unknown; RequestError
 * CONCERN_TIMEOUT: the entry is stored and stays, and a retry waits for the same one
 * @param eventId what a retry has to show to be the same event; none: its body is enough
 */
export async function appendWithConcern(
  concerns: WriteConcerns,
  { concern, timeoutMs }: AskedConcern,
  res: ServerResponse,
  append: () => Promise<Appended>,
  eventId?: string,
): Promise<Acknowledged> {
  if (concern === LOCAL_CONCERN) return aloneOf(await append());
  concerns.admit(concern);
  return confirmed(concerns, { concern, timeoutMs }, new Client(res), await append(), eventId);
}

/**
 * What is stored here, once the concern is met that was admitted before.
 * @throws RequestError CONCERN_TIMEOUT
 */
export async function confirmed(
  concerns: WriteConcerns,
  { concern, timeoutMs }: AskedConcern,
  client: Leaving,
  appended: Appended,
  eventId?: string,
): Promise<Acknowledged> {
  if (concern === LOCAL_CONCERN) return aloneOf(appended);
  const state = await concerns.wait(appended, concern, timeoutMs, client);
  const { sequence, acknowledged, required, met, deposed } = state;
  const { key, digest, duplicate } = appended;
  const answer = { key, digest, sequence, duplicate, replication: { acknowledged, required } };
  if (met) return answer;
  if (client.aborted) throw clientLeft();
  throw unmet(answer, deposed ? DEPOSED : `It is stored, but after ${timeoutMs} ms on`, eventId);
}

/** Of what nobody else was asked for. */
export function aloneOf({ key, digest, sequence, duplicate }: Appended): Acknowledged {
  return { key, digest, sequence, duplicate, replication: ALONE_REPLICATION };
}

/** Whoever waits for the answer to one request: leaves when the connection closes before that has gone out. */
export class Client implements Leaving {
  constructor(private readonly res: ServerResponse) {}

  get aborted(): boolean {
    return this.res.closed && !this.res.writableFinished;
  }

  /** Whoever listens has not answered yet: any close is one before the answer. */
  addEventListener(_type: 'abort', listener: () => void): void {
    this.res.on('close', listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.res.off('close', listener);
  }
}

/** The same as a signal, for whoever gives more than one answer. Aborted when the client leaves before it has all. */
export function leavingOf(res: ServerResponse): AbortSignal {
  const left = new AbortController();
  const leave = (): void => {
    // an answer that went out as a whole left nobody waiting
    if (!res.writableFinished) left.abort();
  };
  if (res.closed) leave();
  else res.once('close', leave);
  return left.signal;
}

/** Nobody reads this answer: the problem handler knows the code. */
function clientLeft(): Error {
  return Object.assign(new Error('the client left before its write concern was met'), { code: 'ABORT_ERR' });
}

const DEPOSED =
  'It is stored, but this node stopped being the master meanwhile: the sequence is provisional, until another master has the entry. It is on';

function unmet(
  { key, sequence, replication }: Acknowledged,
  stored: string,
  eventId: string | undefined,
): RequestError {
  const { acknowledged, required } = replication;
  const again = eventId === undefined ? 'send it again' : `send it again with Idempotency-Key ${eventId}`;
  const names = { id: printObjectId(objectIdOf(key)), key: printEntryKey(key), sequence };
  return new RequestError(
    'CONCERN_TIMEOUT',
    `${stored} ${acknowledged} of ${required} nodes. It stays and goes on to the others; to wait on, ${again}.`,
    { members: { ...names, replication, idempotencyKey: eventId } },
  );
}
