import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  LOWER_F,
  MINUS,
  QUOTE,
  ZERO,
} from '../src/canonical/bytes';
import { byteAt } from './bytes';
import { DEPTH_MAX, FRAME_BYTES, FRAMES, MEMBER_BYTES, members } from './memory';
import { move, movedCount } from './moving';
import { numberEnd } from './numbers';
import { Member, Order, orderOf } from './order';
import {
  childOf,
  innerOf,
  isKey,
  keepOrder,
  nextOf,
  noShape,
  rootShape,
  Shape,
  SORTED,
  UNKNOWN_ORDER,
} from './shapes';
import { gapEnd, isGap } from './space';
import { offsetOf, settled } from './spelling';
import { hasEscapes, stringEnd } from './strings';

/** An object or array that is not closed yet. */
@unmanaged
class Frame {
  /** what the one around goes on with; an object's own members start behind the member */
  shape: usize;
  member: usize;
  isObject: bool;
  /** whether a key has escapes in its canonical spelling */
  escapedKeys: bool;
  /** offset of an object in the spelled text */
  start: usize;
  /** objects that moved before this one began */
  moved: usize;
}

/** The words as little-endian numbers; of `false` the last four letters. */
const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;
const NULL: u32 = 0x6c6c756e;

/** Whether a key stood twice in one object. */
export let repeatedKeys: bool = false;

/**
 * Reads the object or array that starts at `at`, in one pass and without recursion, and notes what makes it canonical.
 * Returns the place after it; 0: it is not one, or too deep. All that is read for every token is a local variable.
 */
export function containerEnd(at: usize): usize {
  repeatedKeys = false;
  let frame = FRAMES;
  let isObject = false;
  /** the keys of the innermost object so far, and its member that is being read */
  let shape = rootShape();
  let member = members;
  /** where the shape stands that the next key is foreseen to make */
  let foreseen: usize = 0;

  while (true) {
    if (isObject) {
      if (byteAt(at) != QUOTE) return 0;
      member += MEMBER_BYTES;
      changetype<Member>(member).start = offsetOf(at);
      const guess = changetype<Shape>(load<usize>(foreseen));
      if (changetype<usize>(guess) != 0 && isKey(guess, at + 1)) {
        shape = guess;
        at += shape.length + 1;
      } else {
        const key = at + 1;
        at = stringEnd(key);
        if (!at) return 0;
        shape = hasEscapes ? noShape() : childOf(shape, key, at);
        if (hasEscapes) changetype<Frame>(frame).escapedKeys = true;
        if (shape != noShape()) store<usize>(foreseen, changetype<usize>(shape));
      }
      if (isGap(at)) at = gapEnd(at);
      if (byteAt(at++) != COLON) return 0;
      if (isGap(at)) at = gapEnd(at);
    }

    const byte = byteAt(at);
    if (byte == QUOTE) {
      at = stringEnd(at + 1);
    } else if (byte == BRACE_OPEN || byte == BRACKET_OPEN) {
      if (frame == FRAMES + DEPTH_MAX * FRAME_BYTES) return 0;
      frame += FRAME_BYTES;
      const opened = changetype<Frame>(frame);
      opened.shape = changetype<usize>(shape);
      opened.member = member;
      opened.isObject = isObject;
      opened.escapedKeys = false;
      opened.start = offsetOf(at);
      opened.moved = movedCount;
      isObject = byte == BRACE_OPEN;
      if (isObject) {
        foreseen = innerOf(shape);
        shape = rootShape();
      }
      at++;
      if (isGap(at)) at = gapEnd(at);
      if (byteAt(at) != (isObject ? BRACE_CLOSE : BRACKET_CLOSE)) continue;
    } else {
      at = byte == MINUS || byte - ZERO < 10 ? numberEnd(at) : wordEnd(at);
    }
    if (!at) return 0;

    while (true) {
      // An empty object has no member yet: what it says here of the one around it is said again when that one ends.
      if (isObject) {
        changetype<Member>(member).end = offsetOf(at);
        changetype<Member>(member).moved = movedCount;
      }
      if (isGap(at)) at = gapEnd(at);
      const next = byteAt(at);
      if (next == COMMA) {
        at++;
        if (isGap(at)) at = gapEnd(at);
        foreseen = nextOf(shape);
        break;
      }
      if (next != (isObject ? BRACE_CLOSE : BRACKET_CLOSE)) return 0;
      at++;
      const closed = changetype<Frame>(frame);
      if (isObject && shape.order != SORTED) arrange(closed, shape, member, at);
      frame -= FRAME_BYTES;
      if (frame == FRAMES) return at;
      isObject = closed.isObject;
      shape = changetype<Shape>(closed.shape);
      member = closed.member;
    }
  }
}

/** Puts the members of an object that ends before `end` in order, or notes that they are. */
function arrange(object: Frame, shape: Shape, last: usize, end: usize): void {
  const base = object.member + MEMBER_BYTES;
  const count = (last + MEMBER_BYTES - base) / MEMBER_BYTES;
  if (count < 2) return;
  let order = changetype<Order>(shape.order);
  if (shape.order == UNKNOWN_ORDER) {
    order = orderOf(base, count, settled(end), object.escapedKeys);
    keepOrder(shape, order);
  }
  if (order.repeated) repeatedKeys = true;
  if (order.runs > 1) move(object.start, offsetOf(end), object.moved, base, order);
}

function wordEnd(at: usize): usize {
  const word = load<u32>(at);
  if (word == TRUE || word == NULL) return at + 4;
  return byteAt(at) == LOWER_F && load<u32>(at + 1) == ALSE ? at + 5 : 0;
}
