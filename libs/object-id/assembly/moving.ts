import { BRACE_CLOSE, BRACE_OPEN, COMMA } from '../src/canonical/bytes';
import { copy } from './copy';
import { MEMBER_BYTES, moved, MOVED_BYTES, output, parts } from './memory';
import { Member, Order, ORDER_BYTES, Run, RUN_BYTES } from './order';

/**
 * An object whose members move. It keeps its place in what is around it, so that its place in the output follows from
 * that of the object around it, and each byte is copied once however deep it lies.
 */
@unmanaged
class Moved {
  /** offsets in the spelled text */
  start: usize;
  end: usize;
  /** number of the last object that moves and ends before this one starts */
  first: usize;
  /** parts in order, as if each were a member */
  parts: usize;
  partsEnd: usize;
  /** what is added to an offset in the spelled text to have one in the output */
  shift: usize;
}

/** Objects that move, in the order of their ends. */
export let movedCount: usize = 0;
let partsEnd: usize = 0;

export function beginMoving(): void {
  movedCount = 0;
  partsEnd = parts;
}

/** Notes that an object's members move: `order` of those from `base` on. */
export function move(start: usize, end: usize, first: usize, base: usize, order: Order): void {
  const object = movedAt(++movedCount);
  object.start = start;
  object.end = end;
  object.first = first;
  object.parts = partsEnd;
  let run = changetype<usize>(order) + ORDER_BYTES;
  const runsEnd = run + order.runs * RUN_BYTES;
  for (; run < runsEnd; run += RUN_BYTES) {
    const part = changetype<Member>(partsEnd);
    const last = changetype<Member>(base + changetype<Run>(run).last * MEMBER_BYTES);
    part.start = changetype<Member>(base + changetype<Run>(run).first * MEMBER_BYTES).start;
    part.end = last.end;
    part.moved = last.moved;
    partsEnd += MEMBER_BYTES;
  }
  object.partsEnd = partsEnd;
}

/** Writes the output: `length` bytes of spelled text at `text`, with all members in order. */
export function writeMoved(text: usize, length: usize): void {
  copyAround(text, 0, length, movedCount, 0);
  for (let number = movedCount; number > 0; number--) writeObject(text, movedAt(number));
}

/** Writes an object, objects that move inside it left out: they come later, as they end before it. */
function writeObject(text: usize, object: Moved): void {
  let to = output + object.start + object.shift;
  const partsEnd = object.partsEnd;
  store<u8>(to, BRACE_OPEN);
  for (let at = object.parts; at < partsEnd; at += MEMBER_BYTES) {
    const part = changetype<Member>(at);
    const start = part.start;
    const length = part.end - start;
    if (part.moved > 0 && movedAt(part.moved).start > start) {
      copyAround(text, start, part.end, part.moved, to + 1 - output - start);
    } else {
      copy(to + 1, text + start, length);
    }
    to += 1 + length;
    store<u8>(to, COMMA);
  }
  store<u8>(to, BRACE_CLOSE);
}

/** Copies the text from `start` to `end` but for the objects that move in it, and tells these where they go. */
function copyAround(text: usize, start: usize, end: usize, number: usize, shift: usize): void {
  while (number > 0) {
    const object = movedAt(number);
    if (object.start < start) break;
    object.shift = shift;
    copy(output + object.end + shift, text + object.end, end - object.end);
    end = object.start;
    number = object.first;
  }
  copy(output + start + shift, text + start, end - start);
}

/** By its number, from 1. */
function movedAt(number: usize): Moved {
  return changetype<Moved>(moved + (number - 1) * MOVED_BYTES);
}
