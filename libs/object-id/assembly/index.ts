import { BRACE_OPEN, BRACKET_OPEN } from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { isUtf8 } from './host';
import { DOCUMENT, layOut, output, RESULT, SLACK } from './memory';
import { beginMoving, movedCount, writeMoved } from './moving';
import { containerEnd, repeatedKeys } from './scanner';
import { beginShapes } from './shapes';
import { gapEnd } from './space';
import { beginSpelling, offsetOf, settled } from './spelling';
import { beginStrings, isAscii, loneSurrogates } from './strings';

/** What is said of a document, as a sum. REFUSED: it has no canonical form. */
const REFUSED: u32 = 0;
const ACCEPTED: u32 = 1;
/** the canonical form stands where RESULT says */
const CHANGED: u32 = 2;
/** it has repeated keys or lone surrogates */
const NOT_I_JSON: u32 = 4;

/** Where the host puts a document, and where it finds address and length of the canonical form. */
export const documentAddress: usize = DOCUMENT;
export const resultAddress: usize = RESULT;

/** Makes room for documents of up to so many bytes; false: there is none to be had. */
export function makeRoom(length: usize): bool {
  const pages = <i32>((layOut(length) + 0xffff) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}

/** Brings the document of so many bytes into its canonical form. */
export function canonicalize(length: usize): u32 {
  layOut(length);
  beginShapes();
  beginSpelling();
  beginStrings();
  beginMoving();
  const end = DOCUMENT + length;
  memory.fill(end, 0, SLACK);
  if (!isAscii(DOCUMENT, end) && !isUtf8()) return REFUSED;

  const start = gapEnd(DOCUMENT);
  const opener = byteAt(start);
  if (opener != BRACE_OPEN && opener != BRACKET_OPEN) return REFUSED;
  const last = containerEnd(start);
  if (!last || gapEnd(last) != end) return REFUSED;
  return ACCEPTED + settle(end) + (repeatedKeys || loneSurrogates ? NOT_I_JSON : 0);
}

function settle(end: usize): u32 {
  let text = settled(end);
  const length = offsetOf(end);
  if (movedCount > 0) {
    writeMoved(text, length);
    text = output;
  }
  store<usize>(RESULT, text);
  store<usize>(RESULT + 4, length);
  return text == DOCUMENT ? 0 : CHANGED;
}
