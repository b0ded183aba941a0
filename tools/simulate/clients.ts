import type { WriteConcern } from '@hooklog/sync-protocol';
import type { Attempt, Event, Ledger } from './checks/ledger';
import type { Machine } from './cluster/machine';
import type { Answer } from './cluster/reception';
import type { Network } from './network/network';
import type { Dice } from './world/dice';
import type { World } from './world/world';

/** Longer than any node waits for a write concern. */
const ANSWER_MS = 4000;
const ATTEMPTS_MAX = 5;

const CONCERNS: readonly WriteConcern[] = [1, 1, 1, 2, 'majority', 'majority', 'all'];

export interface ClientsOptions {
  readonly world: World;
  readonly network: Network;
  readonly machines: readonly Machine[];
  readonly ledger: Ledger;
  readonly dice: Dice;
}

/**
 * Those who send webhooks: to any node, with any write concern, and again when they are not answered well, there or
 * elsewhere, sometimes twice for no reason, and now and then in other words.
 */
export class Clients {
  readonly name = 'clients';
  readonly gone = false;
  #sending = false;
  #busy = 0;

  constructor(private readonly options: ClientsOptions) {}

  /** From now on events happen. @param everyMs between two of them */
  start(everyMs: number): void {
    this.#sending = true;
    this.#next(everyMs);
  }

  /** No event begins any more; what was begun goes on. */
  finish(): void {
    this.#sending = false;
  }

  get idle(): boolean {
    return this.#busy === 0;
  }

  #next(everyMs: number): void {
    const { world, dice } = this.options;
    if (!this.#sending) return;
    this.#begin();
    world.after(dice.chance(0.1) ? 0 : dice.between(0, 2 * everyMs), () => this.#next(everyMs));
  }

  #begin(): void {
    const { ledger, dice, machines } = this.options;
    const name = `event ${ledger.events.length + 1}`;
    const eventId = dice.chance(0.4) ? `id of ${name}` : undefined;
    const event = ledger.begin(name, eventId);
    const times = dice.chance(0.08) ? 2 : 1;
    for (let time = 0; time < times; time++) void this.#deliver(event, dice.pick(machines));
  }

  async #deliver(event: Event, first: Machine): Promise<void> {
    const { world, dice, machines } = this.options;
    this.#busy++;
    let machine = first;
    const concern = dice.pick(CONCERNS);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const well = await this.send(event, machine, concern);
      if (well && !dice.chance(0.05)) break;
      if (dice.chance(0.1)) break;
      await world.sleep(dice.between(0, 300 * 2 ** attempt));
      if (dice.chance(0.5)) machine = dice.pick(machines);
    }
    this.#busy--;
  }

  /** True when the answer was the one that a client wants. */
  async send(
    event: Event,
    machine: Machine,
    concern: WriteConcern,
    timeoutMs = this.options.dice.between(200, 3000),
  ): Promise<boolean> {
    const { world, network, ledger, dice } = this.options;
    const body = bodyOf(event, dice);
    const attempt: Attempt = {
      node: machine.name,
      sentAt: world.now,
      answeredAt: undefined,
      answer: undefined,
    };
    event.attempts.push(attempt);
    ledger.sends(event, body);
    const named = event.eventId === undefined ? {} : { eventId: event.eventId };
    world.trace.note(machine.name, () => `is sent ${event.name} with wc=${concern}`);
    try {
      attempt.answer = await network.call(
        this,
        machine,
        (server) => server.clients.take({ body, ...named, concern, timeoutMs }),
        { answerMs: ANSWER_MS, once: true },
      );
    } catch (error) {
      world.trace.note(machine.name, () => `${event.name}: the client does not know (${String(error)})`);
      return false;
    }
    attempt.answeredAt = world.now;
    const { answer } = attempt;
    world.trace.mix(answer.outcome.length);
    world.trace.note(machine.name, () => `${event.name}: ${answer.outcome} ${told(answer)}`);
    return answer.outcome === 'stored';
  }
}

function told(answer: Answer): string {
  if (answer.outcome === 'refused') return answer.code;
  const place = answer.sequence === null ? 'pending' : `as ${answer.sequence}`;
  return answer.duplicate ? `${place}, a copy` : place;
}

/** The same document, sometimes with its members the other way round. */
function bodyOf({ name }: Event, dice: Dice): Buffer {
  const members = [`"event":${JSON.stringify(name)}`, '"of":"simulation"'];
  if (dice.chance(0.2)) members.reverse();
  return Buffer.from(`{${members.join(',')}}`);
}
