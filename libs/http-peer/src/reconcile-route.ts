import type { Request, Response } from 'express';
import {
  ANY_STORE,
  answerReconcile,
  decodeEntriesRequest,
  decodeReconcileRequest,
  encodeReconcileAnswer,
  refuseOtherStore,
} from '@hooklog/sync-protocol';
import { writeEntries } from './entries-answer';
import type { PeerContext } from './peer-router';
import { readPeerBody } from './request-body';
import { FRAMES_TYPE, RECONCILE_TYPE } from './routes';
import { streamAnswer } from './stream-answer';

/** Nothing is deleted: a comparison may begin at the first second. */
const FLOOR_SECONDS = 0;

/** Compares what a peer says of its entries with the own ones. Keeps nothing between two messages. */
export async function answerComparison(
  { log, now, limits }: PeerContext,
  request: Request,
  response: Response,
): Promise<void> {
  const body = await readPeerBody(request, limits.reconcileBytesMax, limits);
  const { store, window, message } = decodeReconcileRequest(body);
  if (store !== ANY_STORE) refuseOtherStore(log, store);
  const answer =
    message.length === 0
      ? message
      : answerReconcile(log.fingerprints, message, { window, limits: limits.reconcile });
  const known = { clock: now(), floor: FLOOR_SECONDS, pending: log.pendingEntries };
  response.type(RECONCILE_TYPE).send(encodeReconcileAnswer({ ...known, message: answer }));
}

/** Sends the entries that a peer found to be missing there. */
export async function answerEntries(
  { log, now, stop, limits, logger }: PeerContext,
  request: Request,
  response: Response,
): Promise<void> {
  const body = await readPeerBody(request, limits.entriesBytesMax, limits);
  const asked = decodeEntriesRequest(body, { missingMax: limits.reconcile.differencesMax });
  if (asked.store !== ANY_STORE) refuseOtherStore(log, asked.store);
  response.status(200).type(FRAMES_TYPE).flushHeaders();
  await streamAnswer({ response, stop, limits, logger }, (writer) =>
    writeEntries({ log, asked, writer, now, limits, logger }),
  );
}
