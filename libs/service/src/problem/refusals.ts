import type { Logger } from 'pino';

/** One line per code in this time, with the number of refusals since the last one. */
const LINE_EVERY_MS = 10_000;

/** Prints refusals without a line for each: a node that refuses everything must not fill its disk with lines. */
export class Refusals {
  readonly #seen = new Map<string, { printedAt: number; count: number }>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  note(about: { readonly code: string }, detail: string): void {
    const seen = this.#seen.get(about.code) ?? { printedAt: -Infinity, count: 0 };
    this.#seen.set(about.code, seen);
    seen.count += 1;
    if (Math.abs(this.now() - seen.printedAt) < LINE_EVERY_MS) return;
    this.logger.warn({ ...about, detail, refused: seen.count }, 'requests refused');
    Object.assign(seen, { printedAt: this.now(), count: 0 });
  }
}
