import { CARRIAGE_RETURN, LINE_FEED, SPACE, TAB } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { replace } from './spelling';

/** Whether what stands at `at` is white space, or something else that no token starts with. */
export function isGap(at: usize): bool {
  return byteAt(at) <= SPACE;
}

/** The place after white space, which is left out. */
export function gapEnd(start: usize): usize {
  let at = start;
  while (isSpace(byteAt(at))) at++;
  if (at > start) replace(start, at, 0);
  return at;
}

function isSpace(byte: i32): bool {
  return byte == SPACE || byte == LINE_FEED || byte == CARRIAGE_RETURN || byte == TAB;
}
