import assert from 'node:assert';
import { SyncError } from '../sync-error';
import { Exchange } from './exchange';
import { Findings, type Found } from './findings';
import type { ItemSet } from './item-set';
import { readMessage, VERSION } from './message-reader';
import { compared, type ReconcileOptions, type Settings, settingsOf } from './options';

/** What one answer of the peer brought, and what to ask it next. */
export interface Reconciled extends Found {
  /** undefined: the session is over */
  readonly message: Buffer | undefined;
  /** Of a session that is over: everything was compared. If not, it found as much, or took as long, as it may. */
  readonly complete: boolean;
}

/**
 * The side that asks: finds what it has and the peer has not, and the other way round, by exchanging messages
 * until there is none to send. The set may grow meanwhile; what was not there from the start may then be missed.
 */
export class Reconciler {
  #state: 'new' | 'asking' | 'done' = 'new';
  #rounds = 0;
  readonly #settings: Settings;
  readonly #findings: Findings;

  constructor(
    private readonly set: ItemSet,
    private readonly options: ReconcileOptions = {},
  ) {
    this.#settings = settingsOf(options);
    this.#findings = new Findings(this.#settings.limits.differencesMax);
  }

  /** The first message. */
  initiate(): Buffer {
    assert(this.#state === 'new', 'a session is initiated once');
    this.#state = 'asking';
    return this.#exchange().first();
  }

  /** @throws SyncError `BAD_FRAME`: nothing of the message was taken */
  reconcile(message: Buffer): Reconciled {
    assert(this.#state === 'asking', 'no message was asked for');
    const ranges = readMessage(message, this.#settings.limits);
    if (ranges === undefined)
      throw new SyncError('BAD_FRAME', `the peer speaks version ${message[0]! - VERSION + 1}`, 0);
    const next = this.#exchange().next(ranges);
    this.#rounds += 1;
    const isOver = next.length === 1;
    if (!isOver && !this.#findings.isFull && this.#rounds < this.#settings.limits.roundsMax)
      return { message: next, complete: false, ...this.#findings.take() };
    this.#state = 'done';
    const complete = isOver && !this.#findings.isFull;
    return { message: undefined, complete, ...this.#findings.take() };
  }

  #exchange(): Exchange {
    return new Exchange(compared(this.set, this.options), this.#settings, this.#findings);
  }
}

/**
 * The side that is asked, which keeps nothing between two messages.
 * @throws SyncError `BAD_FRAME`
 */
export function answerReconcile(set: ItemSet, message: Buffer, options: ReconcileOptions = {}): Buffer {
  const settings = settingsOf(options);
  const ranges = readMessage(message, settings.limits);
  if (ranges === undefined) return Buffer.of(VERSION);
  return new Exchange(compared(set, options), settings).next(ranges);
}
