import type { Acknowledgements, ReplicationState, WriteConcern } from '../write-concern';
import type { After, Leaving } from './waiting';

interface Wait {
  readonly sequence: number;
  readonly end: (known: Acknowledgements) => void;
}

/** Requests that wait until their entry is durable on enough members: woken by acknowledgements, never by a poll. */
export class ConcernWaits {
  private readonly lines = new Map<WriteConcern, WaitLine>();
  private waiting = 0;
  private stopped = false;

  constructor(
    private readonly acknowledgements: () => Acknowledgements,
    private readonly waitsMax: number,
    private readonly after: After,
  ) {}

  get count(): number {
    return this.waiting;
  }

  /** True when one more would not be waited for. */
  get full(): boolean {
    return this.waiting >= this.waitsMax;
  }

  /** Resolves when it is met, after the time, when the client leaves, at stop, or at once when full. Never rejects. */
  until(
    sequence: number,
    concern: WriteConcern,
    timeoutMs: number,
    client?: Leaving,
  ): Promise<ReplicationState> {
    const now = this.stateOf(sequence, concern, this.acknowledgements());
    if (now.met || this.full || this.stopped || client?.aborted) return Promise.resolve(now);
    const line = this.lineOf(concern);
    return new Promise((resolve) => {
      const end = (known: Acknowledgements): void => {
        cancel();
        client?.removeEventListener('abort', leave);
        this.waiting -= 1;
        resolve(this.stateOf(sequence, concern, known));
      };
      const leave = (): void => {
        line.leave(wait);
        end(this.acknowledgements());
      };
      const wait = { sequence, end };
      const cancel = this.after(timeoutMs, leave);
      client?.addEventListener('abort', leave);
      line.join(wait);
      this.waiting += 1;
    });
  }

  /** A member has acknowledged, has come or has gone. */
  changed(): void {
    if (this.waiting === 0) return;
    const acknowledgements = this.acknowledgements();
    for (const [concern, line] of this.lines) {
      for (const { end } of line.takeUpTo(acknowledgements.reach(concern))) end(acknowledgements);
    }
  }

  /** Nothing is promised any longer: a leader that is over may see its records cut. */
  stop(): void {
    this.stopped = true;
    const acknowledgements = this.acknowledgements();
    for (const line of this.lines.values()) {
      for (const { end } of line.takeUpTo(Infinity)) end(acknowledgements);
    }
  }

  private lineOf(concern: WriteConcern): WaitLine {
    const known = this.lines.get(concern);
    if (known !== undefined) return known;
    const line = new WaitLine();
    this.lines.set(concern, line);
    return line;
  }

  private stateOf(sequence: number, concern: WriteConcern, known: Acknowledgements): ReplicationState {
    const state = known.of(sequence, concern);
    return this.stopped ? { ...state, met: false } : state;
  }
}

/** Waits for one concern, by their sequences: whatever is met stands in front. */
class WaitLine {
  private readonly waits: Wait[] = [];

  /** Sequences come nearly in their order: only copies have earlier ones. */
  join(wait: Wait): void {
    let at = this.waits.length;
    while (at > 0 && this.waits[at - 1]!.sequence > wait.sequence) at -= 1;
    this.waits.splice(at, 0, wait);
  }

  leave(wait: Wait): void {
    this.waits.splice(this.waits.indexOf(wait), 1);
  }

  takeUpTo(sequence: number): Wait[] {
    let met = 0;
    while (met < this.waits.length && this.waits[met]!.sequence <= sequence) met += 1;
    return met === 0 ? [] : this.waits.splice(0, met);
  }
}
