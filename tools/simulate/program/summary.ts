import { addStatistics, noStatistics, type Statistics } from '../statistics';
import { nameOf, type Outcome } from './task';

const VIOLATIONS_SHOWN_MAX = 20;

/** What many simulations came to. */
export class Summary {
  readonly statistics: Statistics = noStatistics();
  readonly failed: Outcome[] = [];

  add(outcome: Outcome): void {
    addStatistics(this.statistics, outcome.statistics);
    if (outcome.violation !== undefined) this.failed.push(outcome);
  }

  get passed(): boolean {
    return this.failed.length === 0;
  }

  /** One line each: the violations, then the figures. */
  lines(wallMs: number): string[] {
    const { seeds, virtualMs, crashes, partitions, promotions, wipes, events, acknowledged } =
      this.statistics;
    const rows: readonly (readonly [name: string, value: string | number])[] = [
      ['simulations', seeds],
      ['simulated hours', (virtualMs / 3_600_000).toFixed(1)],
      ['crashes', crashes],
      ['partitions', partitions],
      ['promotions', promotions],
      ['wiped disks', wipes],
      ['events', events],
      ['acknowledged', acknowledged],
      ['violations', this.failed.length],
      ['wall time', `${(wallMs / 1000).toFixed(0)} s`],
    ];
    return [...this.#violations(), ...rows.map(([name, value]) => `${name.padEnd(16)} ${value}`)];
  }

  #violations(): string[] {
    const shown = this.failed.slice(0, VIOLATIONS_SHOWN_MAX);
    const lines = shown.map(({ task, violation }) => `${nameOf(task)}: ${violation}`);
    const more = this.failed.length - shown.length;
    return more > 0 ? [...lines, `and ${more} more`] : lines;
  }
}
