import { Router } from 'express';
import { type Candidate, encodePendingFrame, FingerprintIndex, type OrderedLog } from '@hooklog/ordered-log';
import {
  answerReconcile,
  decodeEntriesRequest,
  decodeReconcileRequest,
  encodeMessage,
  encodeReconcileAnswer,
  RECONCILE_LIMITS,
} from '@hooklog/sync-protocol';
import { PEER_LIMITS, type PeerLimits } from './limits';
import { PeerClient } from './peer-client';
import { runReconcile } from './reconcile-run';
import { readPeerBody } from './request-body';
import { ENTRIES_PATH, FRAMES_TYPE, RECONCILE_PATH, RECONCILE_TYPE } from './routes';
import type { SyncReport } from './status';
import { Cluster } from './testing/cluster';
import { LIMITS, NO_SYNC, serve, TOKEN } from './testing/nodes';
import { take, webhook } from './testing/webhooks';

const NOW = Date.now() - 60_000;
const STORE = 'd'.repeat(16);
const ALL_LIMITS = { ...PEER_LIMITS, ...LIMITS };

/** A member that says it has some entries, and sends others. */
interface Member {
  /** Asked anew for each message. */
  readonly claimed: () => readonly Candidate[];
  readonly sent: () => readonly Candidate[];
}

describe('a comparison is over with a member', () => {
  const cluster = new Cluster();
  let asked = 0;
  beforeEach(() => (asked = 0));
  afterEach(() => cluster.closeAll());

  it('that sends what this node has instead of what it was asked for', async () => {
    const { log } = await cluster.master({ collect: false, sync: NO_SYNC });
    await take(log, 'a', 3, NOW);
    const known = webhook('a 1', NOW + 1);
    const report = await compare(log, { claimed: () => [webhook('never sent', NOW)], sent: () => [known] });
    expect(report).toMatchObject({ ok: true, received: 2, appended: 0, receipts: 1 });
    expect(asked).toBe(2);
  });

  it('that always has something new, for the next run to go on', async () => {
    const { log } = await cluster.master({ collect: false, sync: NO_SYNC });
    const number = (i: number): Candidate[] => [webhook(`number ${i}`, NOW)];
    const reconcile = { ...RECONCILE_LIMITS, roundsMax: 8 };
    const report = await compare(
      log,
      { claimed: () => number(asked), sent: () => number(asked - 1) },
      { reconcile },
    );
    expect(report).toMatchObject({ ok: true, complete: false });
    expect(report.rounds).toBeGreaterThanOrEqual(8);
    expect(report.rounds).toBeLessThan(16);
    expect(report.appended).toBe(asked);
    expect(report.missing).toBe(asked);
  });

  async function compare(
    log: OrderedLog,
    member: Member,
    changed: Partial<PeerLimits> = {},
  ): Promise<SyncReport> {
    const limits = { ...ALL_LIMITS, ...changed };
    const { url } = cluster.keep(await serve(routesOf(member)));
    const client = new PeerClient({ self: 'master', url, token: TOKEN, limits });
    const stop = AbortSignal.timeout(10_000);
    const context = { log, client, limits, held: () => 0, now: Date.now, stop };
    const report = await runReconcile({ ...context, member: { node: 'member', store: STORE, url } }, 0);
    client.close();
    return report;
  }

  function routesOf({ claimed, sent }: Member): Router {
    const router = Router();
    router.post(RECONCILE_PATH, async (request, response) => {
      const body = await readPeerBody(request, ALL_LIMITS.reconcileBytesMax, ALL_LIMITS);
      const { window, message } = decodeReconcileRequest(body);
      const index = new FingerprintIndex();
      for (const { key } of claimed()) index.insert(key);
      const answer = message.length === 0 ? message : answerReconcile(index, message, { window });
      const known = { clock: Date.now(), floor: 0, pending: 0 };
      response.type(RECONCILE_TYPE).send(encodeReconcileAnswer({ ...known, message: answer }));
    });
    router.post(ENTRIES_PATH, async (request, response) => {
      const body = await readPeerBody(request, ALL_LIMITS.entriesBytesMax, ALL_LIMITS);
      decodeEntriesRequest(body, { missingMax: ALL_LIMITS.reconcile.differencesMax });
      asked += 1;
      const entries = sent().map((candidate, i) => {
        const arrival = i + 1;
        const entry = { ...candidate, origin: { node: 'member', store: STORE, arrival } };
        return encodeMessage({ type: 'entry', arrival, frame: encodePendingFrame(entry, arrival) });
      });
      response.type(FRAMES_TYPE).send(Buffer.concat([...entries, encodeMessage({ type: 'end' })]));
    });
    return router;
  }
});
