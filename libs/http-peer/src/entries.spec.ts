import { Socket } from 'node:net';
import { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { EntryKey } from '@hooklog/object-id';
import { decodePendingFrame, type OrderedLog } from '@hooklog/ordered-log';
import { encodeEntriesRequest, MessageDecoder, type EntriesRequest } from '@hooklog/sync-protocol';
import { writeEntries } from './entries-answer';
import { PEER_LIMITS } from './limits';
import { PacedWriter } from './paced-writer';
import { PeerClient } from './peer-client';
import { ENTRIES_PATH, FRAMES_TYPE, RECONCILE_TYPE } from './routes';
import { Cluster } from './testing/cluster';
import { eventually } from './testing/eventually';
import { withFingerprints } from './testing/fingerprints';
import { LIMITS, LineLogger, NO_SYNC, type Node, openLog, ACCESS } from './testing/nodes';
import { take, webhook } from './testing/webhooks';

const NOW = 1_763_600_000_000;
const SECOND = NOW / 1000;
const ALL_LIMITS = { ...PEER_LIMITS, ...LIMITS };

describe('entries that a peer lacks', () => {
  const cluster = new Cluster();
  afterEach(() => cluster.closeAll());

  it('come once each, those of the log and the pending ones, in the order of their keys', async () => {
    const master = await cluster.master({ collect: false, sync: NO_SYNC });
    const slave = await cluster.slave();
    await take(master.log, 'log', 20, NOW, 2000);
    await take(slave.log, 'pending', 20, NOW + 500, 2000);
    await master.join(slave);
    await eventually(() => slave.log.tail.position.sequence === 20, 'followed');
    const keys = keysOf(slave);
    expect(keys).toHaveLength(40);
    const missing = keys.map((key) => ({ id: key.subarray(4), from: SECOND, to: SECOND + 60 }));
    expect(await ask(slave, { missing, pendingBefore: 0 })).toEqual(keys);
    expect(await ask(slave, { missing, pendingBefore: SECOND + 21 })).toEqual(keys);
    expect(await ask(slave, { missing: missing.slice(0, 4), pendingBefore: SECOND + 60 })).toHaveLength(22);
  });

  it('come as often as their id is there', async () => {
    const master = await cluster.master({ collect: false, sync: NO_SYNC });
    const copies = [0, 100, 200, 300].map((seconds) => webhook('again', NOW + seconds * 1000));
    for (const copy of copies) await master.log.append(copy);
    const id = copies[0]!.key.subarray(4);
    const within = { id: Buffer.alloc(32), from: SECOND + 50, to: SECOND + 60 };
    const missing = [{ id, from: SECOND + 1, to: SECOND + 200 }, within];
    expect(await ask(master, { missing, pendingBefore: 0 })).toEqual([copies[1]!.key, copies[2]!.key]);
  });

  it('are found behind any number of others', async () => {
    const entry = webhook('last', NOW + 30_000);
    const before = Array.from({ length: 20_000 }, (_, i) => keyOf(SECOND, i));
    const seen = (log: OrderedLog): OrderedLog => withFingerprints(log, [...before, entry.key]);
    const slave = await cluster.slave('slave-1', { seen });
    await slave.log.append(entry);
    const missing = [{ id: entry.key.subarray(4), from: 0, to: 2 * SECOND }];
    expect(await ask(slave, { missing, pendingBefore: 0 })).toEqual([entry.key]);
  });

  it('are looked for while others have their turn, in however many ranges', async () => {
    const log = await openLog('node');
    const seconds = Array.from({ length: 10_000 }, (_, i) => SECOND + 2 * i);
    const keys = seconds.flatMap((second) => [0, 1, 2, 3].map((i) => keyOf(second, i)));
    const missing = seconds.map((second) => ({ id: Buffer.alloc(32, 0xff), from: second, to: second }));
    const writer = new PacedWriter(
      new ServerResponse(new IncomingMessage(new Socket())),
      new AbortController().signal,
      10_000,
    );
    let turns = 0;
    let isOver = false;
    const others = async (): Promise<void> => {
      for (; !isOver; turns += 1) await turn();
    };
    const asked = { store: log.store, missing, pendingBefore: 0 };
    const counting = others();
    await writeEntries({
      ...{ log: withFingerprints(log, keys), asked, writer, now: Date.now },
      limits: ALL_LIMITS,
      logger: new LineLogger(),
    });
    isOver = true;
    await counting;
    writer.release();
    await log.close();
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  async function ask(node: Node, request: Omit<EntriesRequest, 'store'>): Promise<EntryKey[]> {
    const client = new PeerClient({ self: 'master', url: node.site.url, access: ACCESS, limits: ALL_LIMITS });
    const body = encodeEntriesRequest({ store: node.log.store, ...request });
    const about = { path: ENTRIES_PATH, contentType: RECONCILE_TYPE, accept: FRAMES_TYPE, body };
    const signal = new AbortController().signal;
    const answer = await client.request({ method: 'POST', ...about, signal }, 1024 * 1024);
    client.close();
    const messages = [...new MessageDecoder(ALL_LIMITS.messageBytesMax).push(answer)];
    expect(messages.at(-1)).toEqual({ type: 'end' });
    return messages.flatMap((message) =>
      message.type === 'entry' ? [decodePendingFrame(message.frame, message.arrival).key] : [],
    );
  }
});

function keysOf({ log: { fingerprints } }: Node): EntryKey[] {
  return Array.from({ length: fingerprints.size }, (_, i) => fingerprints.keyAt(i));
}

function keyOf(second: number, i: number): EntryKey {
  const key = Buffer.alloc(36);
  key.writeUInt32BE(second, 0);
  key.writeUInt32BE(i, 32);
  return key as EntryKey;
}
