import { type Verdict } from './verdict';

const FAULTS_SHOWN = 20;

/** Two columns, the names to the left. */
export function table(rows: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

export function verdictRows(verdict: Verdict, seconds: number): (readonly [string, string | number])[] {
  const { recognised, stored } = verdict;
  return [
    ['sent', verdict.sent],
    ['distinct', verdict.distinct],
    ['answered', verdict.answered],
    ['unanswered (given up)', verdict.unanswered],
    ['sent again', verdict.retries],
    ...Object.entries(stored).map(([node, entries]) => [`stored on ${node}`, entries] as const),
    ['duplicates recognised', `${recognised.atOnce} at once, ${recognised.byMaster} by the master later`],
    ['lost', verdict.lost],
    ['doubled', verdict.doubled],
    ['order equal', verdict.orderEqual ? 'yes' : 'NO'],
    ['seconds', seconds.toFixed(1)],
  ];
}

/** What went wrong beside the numbers; empty when nothing did. */
export function faultLines(verdict: Verdict): string {
  const shown = verdict.faults.slice(0, FAULTS_SHOWN).map((fault) => `  ! ${fault}`);
  const more = verdict.faults.length - shown.length;
  return [...shown, ...(more > 0 ? [`  ! and ${more} more`] : [])].join('\n');
}
