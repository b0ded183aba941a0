const CELLS = 30;
const EVERY_MS = 100;

/** One line that is rewritten while something runs; silent unless the output is a terminal. */
export class Progress {
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly total: number,
    private readonly done: () => number,
    private readonly note: () => string,
  ) {
    if (process.stdout.isTTY) this.timer = setInterval(() => this.draw(), EVERY_MS).unref();
  }

  end(): void {
    if (!this.timer) return;
    clearInterval(this.timer);
    process.stdout.write('\r\x1b[K');
  }

  private draw(): void {
    const share = Math.min(1, this.done() / Math.max(1, this.total));
    const bar = '█'.repeat(Math.round(share * CELLS)).padEnd(CELLS, '░');
    process.stdout.write(`\r\x1b[K${bar} ${this.done()}/${this.total}  ${this.note()}`);
  }
}
