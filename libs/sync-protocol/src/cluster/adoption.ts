import { comparePositions, LogError, type OrderedLog, type Position, START } from '@hooklog/ordered-log';
import type { PromiseAnswer } from '../promise-codec';
import { SyncError } from '../sync-error';
import { CommonPoint } from './common-point';
import { takeRecords } from './follower';
import type { ClusterLimits } from './limits';
import type { PeerLink } from './ports';

export interface AdoptionSource {
  readonly link: PeerLink;
  readonly store: string;
  /** what it said of its log when it promised: nobody adds to it since */
  readonly answer: PromiseAnswer;
}

/**
 * Makes this log equal to that of a peer, up to the end that the peer named: what differs here is cut.
 * @throws SyncError `PEER_UNREACHABLE`, `PEER_REFUSED`; LogError `STALE_EPOCH` when more was promised meanwhile
 */
export async function adopt(
  log: OrderedLog,
  { link, store, answer }: AdoptionSource,
  epoch: number,
  limits: ClusterLimits,
  signal: AbortSignal,
): Promise<void> {
  let previous = await commonEntry(log, link, store, answer.position, signal);
  while (!isThere(log, answer)) {
    const previousChain = await chainAt(log, previous);
    const request = { store, previous, previousChain, recordsMax: limits.batchRecordsMax };
    const { outcome, records } = await link.records(request, signal);
    if (outcome !== 'accepted' || records.length === 0) throw changed(store);
    try {
      await takeRecords(log, { epoch, previous, previousChain, records });
    } catch (error) {
      // it follows a later writer by now
      if (error instanceof LogError && error.code === 'DAMAGED_FRAME') throw changed(store);
      throw error;
    }
    previous = records.at(-1)!.position;
  }
}

function isThere(log: OrderedLog, { position, chain }: PromiseAnswer): boolean {
  return comparePositions(log.tail.position, position) === 0 && log.tail.chain.equals(chain);
}

/** The last entry that both logs have, found by asking about one place at a time. */
async function commonEntry(
  log: OrderedLog,
  link: PeerLink,
  store: string,
  end: Position,
  signal: AbortSignal,
): Promise<Position> {
  const here = log.tail.position;
  const ask = async (place: Position): Promise<boolean> => {
    const previousChain = await chainAt(log, place);
    const { outcome } = await link.records({ store, previous: place, previousChain, recordsMax: 0 }, signal);
    return outcome === 'accepted';
  };
  if (await ask(here)) return here;
  const search = new CommonPoint(Math.min(here.sequence, end.sequence) + 1);
  for (let sequence = search.next; sequence !== undefined; sequence = search.next) {
    search.onAnswer(sequence, await ask({ sequence, n: 0 }));
  }
  return search.found === 0 ? START : { sequence: search.found, n: 0 };
}

async function chainAt(log: OrderedLog, position: Position): Promise<Buffer> {
  const chain = await log.chainAt(position);
  if (chain !== undefined) return chain;
  throw new LogError('DAMAGED', `no record at sequence ${position.sequence}`, { position });
}

function changed(store: string): SyncError {
  return new SyncError('PEER_REFUSED', `store ${store} has another log than it said when it promised`);
}
