import { join } from 'node:path';
import { type Cluster } from '../cluster/cluster';
import { pause } from '../cluster/deadline';
import { conclude } from '../proof/conclude';
import { withCopies } from '../proof/deliveries';
import { Journal } from '../proof/journal';
import { killAndRestart } from '../proof/outage';
import { between, pick, type Random, seeded } from '../proof/random';
import { Sender } from '../proof/sender';
import { type Verdict } from '../proof/verdict';

export interface CrashOptions {
  readonly cluster: Cluster;
  readonly cycles: number;
  readonly seed: number;
  readonly onCycle?: (cycle: number, journal: Journal) => void;
}

const WRITERS = 12;
/** Between two webhooks of one writer, ms: enough to fill every kill's moment, little enough to read it all back. */
const PAUSE_MS = [5, 60] as const;
const PAD_MAX = 2_000;
const AGREE_MS = 120_000;
const MOMENTS = { upMs: [50, 900], downMs: [0, 500] } as const;

/** Writers send to all nodes without a break while one node after the other, chosen at random, is killed and restarted. */
export async function runCrash({ cluster, cycles, seed, onCycle }: CrashOptions): Promise<Verdict> {
  const random = seeded(seed);
  const journal = new Journal(join(cluster.dir, 'journal.ndjson'));
  const writers = new Writers(cluster, journal, seeded(seed + 1));
  const writing = writers.run();
  try {
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      await killAndRestart(pick(random, cluster.nodes), random, MOMENTS);
      onCycle?.(cycle, journal);
    }
  } finally {
    writers.end();
    await writing;
  }
  return conclude(cluster, journal, random, AGREE_MS);
}

class Writers {
  private ended = false;
  private written = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly journal: Journal,
    private readonly random: Random,
  ) {}

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WRITERS }, () => this.write()));
  }

  end(): void {
    this.ended = true;
  }

  private async write(): Promise<void> {
    const { cluster, journal, random } = this;
    const sender = new Sender({ cluster, journal, random });
    const names = cluster.nodes.map(({ name }) => name);
    while (!this.ended) {
      const copies = withCopies(this.body(), names, random);
      await Promise.all(copies.map((copy) => sender.deliver(copy)));
      await pause(between(random, ...PAUSE_MS));
    }
  }

  /** No two are equal; sizes differ so that batches and files end at every kind of place. */
  private body(): string {
    this.written += 1;
    const pad = 'x'.repeat(between(this.random, 0, PAD_MAX));
    return JSON.stringify({ number: this.written, lot: this.random(), event: { type: 'crash', pad } });
  }
}
