import { CARRIAGE_RETURN, LINE_FEED, SPACE, TAB } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { replace } from './spelling';

/** The place after white space, which is left out. */
export function afterSpace(at: usize): usize {
  return byteAt(at) > SPACE ? at : afterGap(at);
}

function afterGap(start: usize): usize {
  let at = start;
  while (isSpace(byteAt(at))) at++;
  if (at > start) replace(start, at, 0);
  return at;
}

function isSpace(byte: i32): bool {
  return byte == SPACE || byte == LINE_FEED || byte == CARRIAGE_RETURN || byte == TAB;
}
