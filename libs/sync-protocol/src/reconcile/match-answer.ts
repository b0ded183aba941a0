import { SyncError } from '../sync-error';
import { type Bound, compareBounds, INFINITY, ZERO } from './bound';
import type { Range } from './message-reader';

/** What one side says of a range; `nothing`: its ids are to be asked for. */
export type Claim =
  | { readonly mode: 'fingerprint'; readonly fingerprint: Buffer }
  | { readonly mode: 'ids'; readonly ids: readonly Buffer[] }
  | { readonly mode: 'nothing' };

/** [lower, upper), which is never empty, and what one side says of it: what the other one is asked about. */
export interface OpenRange {
  readonly lower: Bound;
  readonly upper: Bound;
  readonly claim: Claim;
}

/** What was said of a range that was asked about: what is not in `told` is equal, or in the rest. */
export interface Answered {
  readonly asked: OpenRange;
  readonly told: readonly OpenRange[];
}

export interface Matched {
  readonly answered: readonly Answered[];
  /** What has to be asked again, since the message was full. */
  readonly rest: readonly OpenRange[];
}

/**
 * Which of the ranges that a message asked about its answer speaks of, both ascending. A full answer ends with one
 * fingerprint of all that it had no room for; that is not used, because it tells less than what was asked, and the
 * reference policy leaves out items of it.
 * @throws SyncError `BAD_FRAME`: it is no answer to that question
 */
export function matchAnswer(asked: readonly OpenRange[], ranges: readonly Range[]): Matched {
  const said = placed(ranges);
  const cutAt = foldOf(asked, said);
  const told = said.flatMap((range) => (compareBounds(range.lower, cutAt) < 0 ? openOf(range) : []));
  const answered: Answered[] = [];
  const rest: OpenRange[] = [];
  let next = 0;
  for (const range of asked) {
    const first = next;
    while (next < told.length && compareBounds(told[next]!.upper, range.upper) <= 0) next++;
    const within = told.slice(first, next);
    if (within[0] !== undefined && compareBounds(within[0].lower, range.lower) < 0) throw notAsked();
    const left = leftOf(range, within, cutAt);
    if (left !== undefined) rest.push(left);
    if (left !== range) answered.push({ asked: range, told: within });
  }
  if (next < told.length) throw notAsked();
  if (answered.length === 0) throw bad('an answer that tells nothing');
  return { answered, rest };
}

type Placed = Range & { readonly lower: Bound };

/** With the ends that they have on the wire, but for those between which there is nothing. */
function placed(ranges: readonly Range[]): Placed[] {
  const all = ranges.map((range, i) => ({ ...range, lower: ranges[i - 1]?.upper ?? ZERO }));
  return all.filter(({ lower, upper }) => compareBounds(lower, upper) < 0);
}

/** Where the fingerprint of the rest begins, behind everything if there is none. */
function foldOf(asked: readonly OpenRange[], said: readonly Placed[]): Bound {
  const last = said.at(-1);
  if (last?.mode !== 'fingerprint' || compareBounds(last.upper, INFINITY) < 0) return INFINITY;
  const { upper, lower, claim } = asked.at(-1)!;
  const isPart =
    claim.mode === 'fingerprint' &&
    compareBounds(upper, INFINITY) === 0 &&
    compareBounds(lower, last.lower) < 0;
  return isPart ? INFINITY : last.lower;
}

function openOf(range: Placed): OpenRange[] {
  const { mode, lower, upper } = range;
  if (mode === 'skip') return [];
  const claim = mode === 'ids' ? { mode, ids: range.ids } : { mode, fingerprint: range.fingerprint };
  return [{ lower, upper, claim }];
}

export function isSameRange(a: OpenRange, b: OpenRange): boolean {
  return compareBounds(a.lower, b.lower) === 0 && compareBounds(a.upper, b.upper) === 0;
}

/** What of a range has to be asked again: all of it, its end, or nothing. */
function leftOf(range: OpenRange, told: readonly OpenRange[], cutAt: Bound): OpenRange | undefined {
  const isCut = compareBounds(cutAt, range.upper) < 0;
  if (range.claim.mode === 'fingerprint') {
    if (isCut) return range;
    if (told.some((part) => part.claim.mode === 'fingerprint' && isSameRange(part, range)))
      throw bad('a fingerprint in answer to a fingerprint');
    return undefined;
  }
  const end = endOfIds(range, told);
  if (compareBounds(end, range.upper) === 0) return undefined;
  if (!isCut) throw bad('less than the ids that were asked for');
  return compareBounds(end, range.lower) === 0
    ? range
    : { lower: end, upper: range.upper, claim: behind(range.claim) };
}

function endOfIds({ lower }: OpenRange, told: readonly OpenRange[]): Bound {
  let end = lower;
  for (const { claim, lower, upper } of told) {
    if (claim.mode !== 'ids' || compareBounds(lower, end) !== 0) throw bad('something else than ids');
    end = upper;
  }
  return end;
}

/** Where in its range an id of a list stands is not told; that there is none holds for every part. */
function behind(claim: Claim): Claim {
  return claim.mode === 'ids' && claim.ids.length === 0 ? claim : { mode: 'nothing' };
}

function notAsked(): SyncError {
  return bad('an answer about what was not asked');
}

function bad(message: string): SyncError {
  return new SyncError('BAD_FRAME', message);
}
