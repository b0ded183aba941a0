import { copy } from './copy';
import { DOCUMENT, spelled } from './memory';

/**
 * The document as it is spelled canonically, the order of members apart. As long as all is canonical it is the document
 * itself and nothing is written; each edit then copies what stands between the last one and itself, once.
 */

/** What a place in the document is ahead of the same place in the spelled text. */
let shift: usize = DOCUMENT;
/** What stands before this is in the spelled text already. */
let kept: usize = DOCUMENT;

export function beginSpelling(): void {
  shift = DOCUMENT;
  kept = DOCUMENT;
}

/** Offset in the spelled text of what stands at `at`. */
export function offsetOf(at: usize): usize {
  return at - shift;
}

/** Address in the spelled text where a replacement for what stands at `at` goes. */
export function placeOf(at: usize): usize {
  return spelled + (at - shift);
}

/** The text from `start` to `end` is spelled in the `length` bytes that stand in its place already. */
export function replace(start: usize, end: usize, length: usize): void {
  copy(spelled + (kept - shift), kept, start - kept);
  kept = end;
  shift = end - (start - shift) - length;
}

/** Address of the spelled text, of which all before `end` stands there now: the document when nothing was replaced. */
export function settled(end: usize): usize {
  if (kept == DOCUMENT) return DOCUMENT;
  copy(spelled + (kept - shift), kept, end - kept);
  kept = end;
  return spelled;
}
