import { LogError, type Position, type RawRecord } from '@hooklog/ordered-log';
import type { AppendAnswer } from '../append-codec';
import { type Failure, failureOf } from './failure';
import type { FlowContext } from './flow';
import { Sender, type SenderStep, type Verdict } from './sender';
import type { Rest } from './waiting';

/** What is known about the follower; the loop writes it. */
export interface FollowerReport {
  onAnswer(verdict: Verdict, acknowledged: Position | null, answer: AppendAnswer): void;
  onFailure(failure: Failure): void;
}

/**
 * Sends the log to one follower until stop: a dead or slow one costs nothing but its retries. What it has told is
 * reported behind the next request, unless that needs the disk first: it has work while those are answered who waited.
 */
export async function sendLoop(context: FlowContext, rest: Rest, report: FollowerReport): Promise<void> {
  const { log, limits, ports, stop } = context;
  const sender = new Sender(limits);
  const tell = (news: () => void): void =>
    ports.defer(() => {
      if (!stop.aborted) news();
    });
  while (!stop.aborted) {
    const step = sender.next(log.tail.position, ports.elapsed());
    if (step.kind === 'wait') {
      if (await pause(context, rest, sender, step.untilMs)) sender.wake();
      continue;
    }
    try {
      const { verdict, answer } = await exchange(context, sender, step);
      const { acknowledged } = sender;
      tell(() => report.onAnswer(verdict, acknowledged, answer));
    } catch (error) {
      if (stop.aborted) return;
      sender.onFailure(ports.elapsed(), ports.random());
      tell(() => report.onFailure(failureOf(error)));
    }
  }
}

/** While all is sent a commit ends the wait; a pause after a failure lasts, unless there is news of the follower. */
function pause({ log, ports }: FlowContext, rest: Rest, sender: Sender, untilMs: number): Promise<boolean> {
  const ms = Math.max(0, untilMs - ports.elapsed());
  return rest.for(ms, sender.health === 'following' ? (signal) => log.changed(signal) : undefined);
}

async function exchange(
  { log, self, epoch, member, link, limits, ports, stop }: FlowContext,
  sender: Sender,
  { previous, empty }: Extract<SenderStep, { kind: 'append' }>,
): Promise<{ readonly verdict: Verdict; readonly answer: AppendAnswer }> {
  const page = { bytesMax: limits.batchBytesMax, recordsMax: limits.batchRecordsMax };
  const [previousChain, records] = await Promise.all([
    log.chainAt(previous),
    empty ? ([] as RawRecord[]) : log.records(previous, page),
  ]);
  if (previousChain === undefined || (!empty && records.length === 0))
    throw new LogError('DAMAGED', `no records behind sequence ${previous.sequence}`);
  const place = { previous, previousChain, commit: log.committed, records };
  const answer = await link.append(
    { store: member.store, cluster: log.cluster, epoch, leader: self, ...place },
    stop,
  );
  const chainHere = await log.chainAt(answer.expect);
  const at = { sent: records.length, epoch, tail: log.tail.position };
  const verdict = sender.onAnswer(answer, {
    ...at,
    chainHere,
    nowMs: ports.elapsed(),
    random: ports.random(),
  });
  return { verdict, answer };
}
