import type { OrderedLog } from '@hooklog/ordered-log';
import { decodeAnswer, decodeAppend, encodeAnswer, encodeAppend } from './append-codec';
import { answerAppend } from './cluster/follower';
import { Sender } from './cluster/sender';
import { Collector } from './collector';
import { pagesOf } from './pages';
import { encodeMessage, MessageDecoder } from './stream-codec';
import { stream } from './testing/chunks';
import { openLog } from './testing/disk';
import { seeded } from './testing/random';
import { webhook } from './testing/webhooks';

const LIMITS = { retryMinMs: 1, retryMaxMs: 8, heartbeatMs: 5, divergedRetryMs: 50 };
const PAGE = { pageBytesMax: 4000, pageEntriesMax: 7 };
const AT = 1_700_000_000_000;
const WEBHOOKS = 200;
const STEPS_MAX = 20_000;

/** Two slaves and a master, with a network that loses, repeats and delays what is answered. No HTTP, no clock. */
describe.each([1, 2, 3, 4])('three logs with a bad network, seed %i', (seed) => {
  it('become equal: every entry once, copies recognised, nothing pending', async () => {
    const random = seeded(seed);
    const [master, one, two] = [await openLog('master'), await openLog('slave-1'), await openLog('slave-2')];
    await master.lead();
    const links = [new Link(master, one, random), new Link(master, two, random)];
    const logs = [master, one, two];

    let sent = 0;
    for (let step = 0; sent < WEBHOOKS || !agreed(logs); step += 1) {
      expect(step).toBeLessThan(STEPS_MAX);
      if (sent < WEBHOOKS && random() < 0.5) await takeSomewhere(logs, sent++, random);
      const link = links[Math.floor(random() * links.length)] as Link;
      await (random() < 0.7 ? link.send(step) : link.collect());
    }
    const bodies = [];
    for await (const { body } of two.entries(0)) bodies.push(body.toString());
    expect(bodies).toHaveLength(WEBHOOKS);
    expect(new Set(bodies).size).toBe(WEBHOOKS);
    expect(Math.min(...[one, two].map(({ committed }) => committed.sequence))).toBeGreaterThan(0);
    for (const log of logs) await log.close();
  });
});

/** One follower: the sender's exchange and the collector's stream, each over a wire that fails. */
class Link {
  private readonly sender = new Sender(LIMITS);
  private late: Buffer | undefined;

  constructor(
    private readonly master: OrderedLog,
    private readonly slave: OrderedLog,
    private readonly random: () => number,
  ) {}

  async send(nowMs: number): Promise<void> {
    const { master, slave, random } = this;
    const step = this.sender.next(master.tail.position, nowMs);
    if (step.kind === 'wait') return;
    const { previous } = step;
    const previousChain = (await master.chainAt(previous)) as Buffer;
    const page = { bytesMax: 3000, recordsMax: 1 + Math.floor(random() * 20) };
    const records = step.empty ? [] : await master.records(previous, page);
    const { epoch } = master.tail;
    const place = { previous, previousChain, commit: master.committed, records };
    const to = {
      store: slave.store,
      cluster: master.cluster,
      leader: { node: master.node, url: 'http://master' },
    };
    const answer = await this.deliver(encodeAppend({ ...to, epoch, ...place }));
    if (!answer) return void this.sender.onFailure(nowMs, random());
    const decoded = decodeAnswer(answer);
    const chainHere = await master.chainAt(decoded.expect);
    const at = { chainHere, sent: records.length, epoch, tail: master.tail.position };
    this.sender.onAnswer(decoded, { ...at, nowMs, random: random() });
    // two of two slaves and the master: what one slave has is on a majority
    if (this.sender.acknowledged) master.commit(this.sender.acknowledged);
  }

  /** Answers get lost, requests too; some arrive twice, and some once more much later. */
  private async deliver(bytes: Buffer): Promise<Buffer | undefined> {
    const fate = this.random();
    if (fate < 0.1) return undefined;
    if (fate < 0.2) this.late = bytes;
    if (fate > 0.9 && this.late) await this.handle(this.late);
    if (fate > 0.8) await this.handle(bytes);
    const answer = await this.handle(bytes);
    return fate < 0.3 ? undefined : answer;
  }

  private async handle(bytes: Buffer): Promise<Buffer> {
    return encodeAnswer(await answerAppend(this.slave, decodeAppend(bytes, { recordsMax: 100 })));
  }

  /** A stream that breaks anywhere, also in the middle of a message. */
  async collect(): Promise<void> {
    const { master, slave, random } = this;
    const name = `collected/${slave.store}`;
    const after = Number((await master.readMeta(name))?.readBigUInt64BE() ?? 0n);
    const pending = await slave.pending(after);
    const bytes = Buffer.concat(pending.map((record) => encodeMessage({ type: 'entry', ...record })));
    const cut = bytes.subarray(0, Math.floor(bytes.length * Math.min(1, random() * 1.5)));
    const chunks = [cut.subarray(0, cut.length >> 1), cut.subarray(cut.length >> 1)];
    try {
      for await (const { entries, through } of pagesOf(
        stream(chunks),
        new MessageDecoder(10_000),
        new Collector(slave.store, after, PAGE),
      )) {
        const value = Buffer.alloc(8);
        value.writeBigUInt64BE(BigInt(through));
        await master.appendCollected({ entries, checkpoint: { name, value } });
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'BAD_FRAME' });
    }
  }
}

/** A webhook goes to one node, some to two within the window, some twice to one. */
async function takeSomewhere(logs: readonly OrderedLog[], i: number, random: () => number): Promise<void> {
  const copies = random() < 0.3 ? 2 : 1;
  for (let copy = 0; copy < copies; copy += 1) {
    const log = logs[Math.floor(random() * logs.length)] as OrderedLog;
    await log.append(webhook(`webhook ${i}`, log.receivedAt(AT + i * 10 + Math.floor(random() * 3000))));
  }
}

function agreed(logs: readonly OrderedLog[]): boolean {
  const [master] = logs as [OrderedLog];
  return logs.every((log) => log.pendingEntries === 0 && log.tail.chain.equals(master.tail.chain));
}
