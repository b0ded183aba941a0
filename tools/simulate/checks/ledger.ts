import type { Answer } from '../cluster/reception';

/** One try of a client to hand over an event. */
export interface Attempt {
  readonly node: string;
  /** ms of the world */
  readonly sentAt: number;
  answeredAt: number | undefined;
  /** undefined: the client does not know what became of it */
  answer: Answer | undefined;
}

/** Something that happened somewhere, of which the log should have one entry. */
export interface Event {
  readonly name: string;
  readonly eventId: string | undefined;
  readonly attempts: Attempt[];
}

/** All that clients sent, and were answered. */
export class Ledger {
  readonly events: Event[] = [];
  readonly #byBody = new Map<string, Event>();

  begin(name: string, eventId: string | undefined): Event {
    const event = { name, eventId, attempts: [] };
    this.events.push(event);
    return event;
  }

  /** Before anything is sent: from now on the log may have these bytes. */
  sends(event: Event, body: Buffer): void {
    this.#byBody.set(body.toString('latin1'), event);
  }

  wasSent(body: Buffer, eventId: string | undefined): boolean {
    const event = this.eventOf(body);
    return event !== undefined && event.eventId === eventId;
  }

  eventOf(body: Buffer): Event | undefined {
    return this.#byBody.get(body.toString('latin1'));
  }

  get acknowledged(): number {
    const attempts = this.events.flatMap((event) => event.attempts);
    return attempts.filter(({ answer }) => answer?.outcome === 'stored').length;
  }
}

/** Events that nothing but a refusal was heard of, and nothing else can be true of. */
export function onlyRefused({ attempts }: Event): boolean {
  return attempts.length > 0 && attempts.every(({ answer }) => answer?.outcome === 'refused');
}
