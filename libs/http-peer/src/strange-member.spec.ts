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
import { LIMITS, NO_SYNC, serve, ACCESS } from './testing/nodes';
import { take, webhook } from './testing/webhooks';

const NOW = Date.now() - 60_000;
const STORE = 'd'.repeat(16);
const ALL_LIMITS = { ...PEER_LIMITS, ...LIMITS };

/** A member that says it has some entries, and sends others. */
interface Member {
  /** Asked anew for each message. */
  readonly claimed: () => readonly Candidate[];
  readonly sent: () => readonly Candidate[];
  /** unix seconds */
  readonly floor?: number;
  /** the last message of what it sends */
  readonly end?: Buffer;
}

describe('a comparison with a member', () => {
  const cluster = new Cluster();
  let asked = 0;
  beforeEach(() => (asked = 0));
  afterEach(() => cluster.closeAll());

  it('is over when it sends what this node has instead of what it was asked for', async () => {
    const { log } = await cluster.master({ collect: false, sync: NO_SYNC });
    await take(log, 'a', 3, NOW);
    const known = webhook('a 1', NOW + 1);
    const report = await compare(log, { claimed: () => [webhook('never sent', NOW)], sent: () => [known] });
    expect(report).toMatchObject({ ok: true, received: 2, appended: 0, receipts: 1 });
    expect(asked).toBe(2);
  });

  it('is over when it always has something new, for the next run to go on', async () => {
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

  it('begins at its floor, what it no longer has is no difference', async () => {
    const { log } = await cluster.master({ collect: false, sync: NO_SYNC });
    await take(log, 'deleted there', 3, NOW);
    const floor = Math.floor(NOW / 1000) + 10;
    const kept = webhook('kept', floor * 1000);
    const report = await compare(log, { claimed: () => [kept], sent: () => [kept], floor });
    expect(report).toMatchObject({ ok: true, complete: true, compared: 1, appended: 1, from: floor * 1000 });
    const future = Math.floor(Date.now() / 1000) + 3600;
    const nothing = await compare(log, { claimed: () => [], sent: () => [], floor: future });
    expect(nothing).toMatchObject({ ok: true, complete: true, compared: 0, from: nothing.to });
  });

  it('has failed when what it sends stops before its end', async () => {
    const { log } = await cluster.master({ collect: false, sync: NO_SYNC });
    const one = webhook('one', NOW);
    const all = [one, webhook('two', NOW + 1000)];
    const report = await compare(log, { claimed: () => all, sent: () => [one], end: Buffer.alloc(0) });
    expect(report).toMatchObject({ ok: false, error: { code: 'BAD_FRAME' }, missing: 2, appended: 1 });
  });

  async function compare(
    log: OrderedLog,
    member: Member,
    changed: Partial<PeerLimits> = {},
  ): Promise<SyncReport> {
    const limits = { ...ALL_LIMITS, ...changed };
    const { url } = cluster.keep(await serve(routesOf(member)));
    const client = new PeerClient({ self: 'master', url, access: ACCESS, limits });
    const stop = AbortSignal.timeout(10_000);
    const context = { log, client, limits, held: () => 0, now: Date.now, stop };
    const report = await runReconcile({ ...context, member: { node: 'member', store: STORE, url } }, 0);
    client.close();
    return report;
  }

  function routesOf({ claimed, sent, floor = 0, end = encodeMessage({ type: 'end' }) }: Member): Router {
    const router = Router();
    router.post(RECONCILE_PATH, async (request, response) => {
      const body = await readPeerBody(request, ALL_LIMITS.reconcileBytesMax, ALL_LIMITS);
      const { window, message } = decodeReconcileRequest(body);
      const index = new FingerprintIndex();
      for (const { key } of claimed()) index.insert(key);
      const answer = message.length === 0 ? message : answerReconcile(index, message, { window });
      const known = { clock: Date.now(), floor, pending: 0 };
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
      response.type(FRAMES_TYPE).send(Buffer.concat([...entries, end]));
    });
    return router;
  }
});
