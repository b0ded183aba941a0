import { type OrderedLog, type StoredEntry } from '@hooklog/ordered-log';
import type { Event, Ledger } from './ledger';
import { onlyRefused } from './ledger';
import type { StoreCopy } from './store-copy';
import { hold } from './violation';

type Logged = StoredEntry & { readonly sequence: number };

export interface Ending {
  readonly ledger: Ledger;
  /** Stores on the disks that the nodes have now. */
  readonly kept: ReadonlySet<StoreCopy>;
  readonly windowMs: number;
}

/** What the log has become, once everything is quiet, against what clients sent and were told. */
export class FinalLog {
  readonly #bySequence: readonly Logged[];
  readonly #byEvent = new Map<Event, Logged[]>();

  private constructor(
    entries: readonly Logged[],
    private readonly log: OrderedLog,
    private readonly ending: Ending,
  ) {
    this.#bySequence = entries;
    for (const entry of entries) {
      const event = ending.ledger.eventOf(entry.body)!;
      const entriesOf = this.#byEvent.get(event);
      if (entriesOf === undefined) this.#byEvent.set(event, [entry]);
      else entriesOf.push(entry);
    }
  }

  static async read(log: OrderedLog, ending: Ending): Promise<FinalLog> {
    const entries: Logged[] = [];
    for await (const entry of log.entries(0)) entries.push(entry);
    return new FinalLog(entries, log, ending);
  }

  async prove(): Promise<void> {
    this.#proveDense();
    for (const event of this.ending.ledger.events) {
      this.#proveOnce(event);
      this.#proveRefused(event);
      await this.#proveAnswers(event);
    }
    this.#proveRealtime();
  }

  #proveDense(): void {
    this.#bySequence.forEach(({ sequence }, i) =>
      hold(sequence === i + 1, 'SEQ-DENSE', () => `the log has ${sequence} as its entry ${i + 1}`),
    );
  }

  /** One event has one entry; without an event id the time of receipt may have told copies apart. */
  #proveOnce(event: Event): void {
    const entries = this.#byEvent.get(event) ?? [];
    const where = (): string =>
      `${event.name} is there as ${entries.map(({ sequence }) => sequence).join(' and ')}`;
    if (event.eventId !== undefined) return hold(entries.length <= 1, 'DEDUP-ONCE', where);
    const times = entries.map(({ receivedAt }) => receivedAt).sort((a, b) => a - b);
    const near = times.some((time, i) => i > 0 && time - times[i - 1]! <= this.ending.windowMs);
    hold(!near, 'DEDUP-ONCE', where);
  }

  #proveRefused(event: Event): void {
    if (!onlyRefused(event)) return;
    hold(!this.#byEvent.has(event), 'FAIL-ABSENT', () => `${event.name} was refused, and is in the log`);
  }

  async #proveAnswers(event: Event): Promise<void> {
    for (const { answer, node } of event.attempts) {
      if (answer?.outcome !== 'stored') continue;
      const survives = answer.quorum || answer.holders.some((copy) => this.ending.kept.has(copy));
      if (!survives) continue;
      const found = await this.log.find(Buffer.from(answer.key, 'latin1') as never);
      const [entry] = found;
      const told = (): string =>
        `${event.name}, answered by ${node}${answer.sequence === null ? '' : ` as ${answer.sequence}`}`;
      hold(
        entry !== undefined && entry.sequence !== null,
        'ACK-SURVIVES',
        () => `${told()}, is not in the log`,
      );
      hold(found.length === 1, 'RETRY-SAME', () => `the key of ${told()}, names ${found.length} entries`);
      hold(
        this.ending.ledger.eventOf(entry.body) === event,
        'RETRY-SAME',
        () => `the key of ${told()}, names another event`,
      );
      if (answer.quorum)
        hold(
          entry.sequence === answer.sequence,
          'RETRY-SAME',
          () => `${told()}, has become ${entry.sequence}`,
        );
    }
  }

  /** What a majority had before something else was sent stands before it. */
  #proveRealtime(): void {
    const answered = this.ending.ledger.events
      .flatMap((event) => event.attempts)
      .flatMap(({ answer, answeredAt }) =>
        answer?.outcome === 'stored' && answer.quorum
          ? [{ sequence: answer.sequence!, at: answeredAt! }]
          : [],
      )
      .sort((a, b) => a.at - b.at);
    let next = 0;
    let highest = 0;
    for (const { name, sentAt, sequence } of this.#sent()) {
      for (; next < answered.length && answered[next]!.at < sentAt; next++)
        highest = Math.max(highest, answered[next]!.sequence);
      hold(
        sequence > highest,
        'REALTIME',
        () => `${name} is ${sequence}, and was sent after ${highest} was answered`,
      );
    }
  }

  /** Events in the order in which they were first sent, with their first entry. */
  #sent(): { readonly name: string; readonly sentAt: number; readonly sequence: number }[] {
    const sent = [...this.#byEvent].map(([{ name, attempts }, entries]) => {
      const sequence = Math.min(...entries.map((entry) => entry.sequence));
      return { name, sentAt: attempts[0]!.sentAt, sequence };
    });
    return sent.sort((a, b) => a.sentAt - b.sentAt);
  }
}

/** Everything that the log has is offered once more, as a collector would: nothing may be written. */
export async function proveCollected(log: OrderedLog): Promise<void> {
  const entries: Logged[] = [];
  for await (const entry of log.entries(0)) entries.push(entry);
  const { appended, receipts } = await log.appendCollected({ entries });
  hold(
    appended === 0 && receipts === 0,
    'COLLECT-RESUME',
    () => `a second collect appended ${appended} entries and ${receipts} receipts`,
  );
}
