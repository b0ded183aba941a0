import { comparePositions } from '@hooklog/ordered-log';
import type { AppendAnswer, AppendOutcome, AppendRequest, ClusterLogger } from '@hooklog/sync-protocol';

type Line = readonly [level: 'info' | 'warn' | 'error', line: string];

const LINES: Readonly<Record<AppendOutcome, Line>> = {
  accepted: ['info', 'following the master'],
  gap: ['info', 'the master sends from beyond this log; it was told where to go on'],
  stale: ['warn', 'refused a master of an older epoch: it is a slave once it hears of the newer one'],
  diverged: [
    'error',
    'the master has another history than what is committed here: nothing was overwritten, compare both before going on',
  ],
  foreign: [
    'error',
    'refused a master of another log, which did not begin as this one: look at MASTER_URL there and here',
  ],
};

/** Tells operators how this node follows: a line when that changes, none for each step of a search. */
export class AppendOutcomes {
  private before = '';

  constructor(private readonly logger: ClusterLogger) {}

  note({ epoch, leader, records }: AppendRequest, { outcome, verified, expect }: AppendAnswer): void {
    if (outcome === 'accepted' && comparePositions(verified, expect) !== 0) return;
    if (outcome === 'diverged' && records.length === 0) return;
    const now = `${outcome} ${epoch}`;
    if (now === this.before) return;
    this.before = now;
    const [level, line] = LINES[outcome];
    this.logger[level]({ outcome, epoch, master: leader, expect }, line);
  }
}
