import type { Missing, Window } from '@hooklog/sync-protocol';
import { table } from '../proof/report';
import type { AskedNode } from './asked-node';
import { isoTime, type Verified } from './verify';

const LINES_MAX = 100;
/** Of an id: the crc32c, with which an ObjectId ends. */
const CRC_BYTES = 4;

/** One line for each difference, as far as there is room. */
export function differenceLines(verified: Verified, nodes: readonly [AskedNode, AskedNode]): string[] {
  const { first, second, window, complete } = verified;
  const lines = [
    ...first.map((missing) => `only ${nodes[0].url} has ${nameOf(missing, window)}`),
    ...second.map((missing) => `only ${nodes[1].url} has ${nameOf(missing, window)}`),
  ];
  const more = lines.length - LINES_MAX;
  return [
    ...lines.slice(0, LINES_MAX),
    ...(more > 0 ? [`… and ${more} more`] : []),
    ...(complete ? [] : ['… and perhaps others: not everything was compared']),
  ];
}

/** The ObjectId where its second is known, else the 32 bytes behind it in the key and when they came. */
function nameOf({ id, from, to }: Missing, window: Window): string {
  const [first, last] = [Math.max(from, window.from), Math.min(to, window.to - 1)];
  if (first < last) return `${id.toString('hex')}, received from ${isoTime(first)} to ${isoTime(last)}`;
  const second = first.toString(16).padStart(8, '0');
  return `${second}${id.toString('hex', 0, CRC_BYTES)}, received at ${isoTime(first)}`;
}

export function summary(verified: Verified, nodes: readonly [AskedNode, AskedNode], ms: number): string {
  const { first, second, window, opened, rounds } = verified;
  const offset = opened.second.clockAheadMs - opened.first.clockAheadMs;
  return table([
    ['compared', `${isoTime(window.from)} to ${isoTime(window.to)}`],
    ...nodes.map(({ url }, i) => [`only on ${url}`, [first, second][i]!.length] as const),
    ...nodes.map(({ url }, i) => [`pending on ${url}`, [opened.first, opened.second][i]!.pending] as const),
    ['clock of the second node', `${Math.abs(offset)} ms ${offset < 0 ? 'behind' : 'ahead'}`],
    ['cost', `${rounds} rounds, ${nodes[0].bytes + nodes[1].bytes} bytes, ${Math.round(ms)} ms`],
    ['verdict', verdictOf(verified)],
  ]);
}

function verdictOf({ first, second, complete }: Verified): string {
  if (first.length + second.length > 0) return 'they differ';
  return complete ? 'they hold the same entries' : 'not everything was compared';
}
