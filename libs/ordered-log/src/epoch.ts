/**
 * An epoch is a u32: term × 65536 + start. A term belongs to one store, by promises of a majority of the members;
 * its owner begins a new start of it whenever its process starts, without asking anybody. The first term, 0, belongs
 * to the store that began the log.
 */
const STARTS = 0x1_0000;
const TERM_MAX = 0xffff;

/** What a node that stops leading promises its next term to. */
export const NOBODY = '0000000000000000';

export function termOf(epoch: number): number {
  return Math.floor(epoch / STARTS);
}

/** Whether the owner of the epoch's term can begin another start of it. */
export function hasNextStart(epoch: number): boolean {
  return epoch % STARTS < STARTS - 1;
}

/** The first epoch of the term behind that of `epoch`; undefined: there is none. */
export function nextTerm(epoch: number): number | undefined {
  const term = termOf(epoch) + 1;
  return term > TERM_MAX ? undefined : term * STARTS;
}
