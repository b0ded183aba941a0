import { LogError, type Position, type RawRecord } from '@hooklog/ordered-log';
import { decodeAnswer, encodeAppend, Sender, type SenderStep, type Verdict } from '@hooklog/sync-protocol';
import { type Failure, failureOf } from './failure';
import type { FlowContext } from './flow';
import { APPEND_PATH, APPEND_TYPE } from './routes';
import type { Rest } from './waiting';

const ANSWER_BYTES_MAX = 256;

/** What is known about the follower; the loop writes it. */
export interface FollowerReport {
  onAnswer(verdict: Verdict, acknowledged: Position | null): void;
  onFailure(failure: Failure): void;
}

/** Sends the log to one follower until stop: a dead or slow one costs nothing but its retries. */
export async function sendLoop(context: FlowContext, rest: Rest, report: FollowerReport): Promise<void> {
  const { log, limits, random, stop } = context;
  const sender = new Sender(limits);
  while (!stop.aborted) {
    const step = sender.next(log.tail.position, performance.now());
    if (step.kind === 'wait') {
      if (await pause(context, rest, sender, step.untilMs)) sender.wake();
      continue;
    }
    try {
      const verdict = await exchange(context, sender, step);
      report.onAnswer(verdict, sender.acknowledged);
    } catch (error) {
      if (stop.aborted) return;
      sender.onFailure(performance.now(), random());
      report.onFailure(failureOf(error));
    }
  }
}

/** While all is sent a commit ends the wait; a pause after a failure lasts, unless there is news of the follower. */
function pause({ log }: FlowContext, rest: Rest, sender: Sender, untilMs: number): Promise<boolean> {
  const ms = Math.max(0, untilMs - performance.now());
  return rest.for(ms, sender.health === 'following' ? (signal) => log.changed(signal) : undefined);
}

async function exchange(
  { log, member, client, limits, random, stop }: FlowContext,
  sender: Sender,
  { previous, previousChain, empty }: Extract<SenderStep, { kind: 'append' }>,
): Promise<Verdict> {
  const page = { bytesMax: limits.batchBytesMax, recordsMax: limits.batchRecordsMax };
  const records: RawRecord[] = empty ? [] : await log.records(previous, page);
  if (!empty && records.length === 0)
    throw new LogError('DAMAGED', `no records behind sequence ${previous.sequence}`);
  const epoch = log.tail.epoch;
  const body = encodeAppend({ store: member.store, epoch, previous, previousChain, records });
  const request = {
    method: 'POST',
    path: APPEND_PATH,
    contentType: APPEND_TYPE,
    body,
    signal: stop,
  } as const;
  const answer = decodeAnswer(await client.request(request, ANSWER_BYTES_MAX));
  const chainHere = await log.chainAt(answer.expect);
  return sender.onAnswer(answer, {
    chainHere,
    sent: records.length,
    epoch,
    nowMs: performance.now(),
    random: random(),
  });
}
