import { Counts } from './counts';
import { LogMeasures } from './log-measures';
import { Phases } from './phases';

/** The source of a webhook that came through `POST /webhook`. */
export const NO_SOURCE = '';

/**
 * What a node counts while it works: plain numbers, which cost a webhook well under a microsecond. Nothing here knows
 * who reads them.
 */
export class Measures {
  /** webhooks, and lines of streams of them, by their answer */
  readonly answers = new Counts(['source', 'status', 'code']);
  /** requests of any kind that were answered by a problem */
  readonly problems = new Counts(['status', 'code']);
  /** webhooks of a source that were refused for their signature, event id or handshake */
  readonly signatureFailures = new Counts(['source', 'reason']);
  readonly phases = new Phases();
  readonly log: LogMeasures;

  /** @param now ms since the epoch */
  constructor(now: () => number = Date.now) {
    this.log = new LogMeasures(now);
  }

  /** Where webhooks of a source are counted that were stored. */
  stored(source: string): number {
    return this.answers.slot(source, '200', 'OK');
  }
}
