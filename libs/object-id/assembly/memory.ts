/**
 * Where everything stands. The first part is as large for every document; the second part starts with the document and
 * is laid out by its length, each area as large as the worst document of that length needs: pages that are not
 * touched cost nothing.
 */

/** Vectors are read and written past the end of what they are needed for. */
export const SLACK: usize = 64;

/** Two words that say where the canonical form of the last document stands: address, length. */
export const RESULT: usize = 0x100;
export const FRAMES: usize = 0x200;
export const FRAME_BYTES: usize = 24;
/** Objects and arrays around a value, itself included. */
export const DEPTH_MAX: usize = 1024;
export const SHAPES: usize = FRAMES + (DEPTH_MAX + 1) * FRAME_BYTES;

export const SHAPE_BYTES: usize = 96;
export const SHAPES_MAX: usize = 4096;
export const SHAPE_SLOTS: usize = SHAPES + SHAPES_MAX * SHAPE_BYTES;
/** a power of two */
export const SHAPE_SLOTS_COUNT: usize = 8192;
export const ORDERS: usize = SHAPE_SLOTS + SHAPE_SLOTS_COUNT * 4;
export const ORDERS_BYTES: usize = 256 * 1024;
/** Where the host puts the document. */
export const DOCUMENT: usize = ORDERS + ORDERS_BYTES + SLACK;

/** The shortest member is `"":0,`, the shortest object whose members move is `{"b":0,"a":0}`. */
const MEMBER_TEXT_BYTES: usize = 5;
const MOVED_TEXT_BYTES: usize = 13;
/** The text that grows most is `1e20,`. */
const GROWTH: usize = 5;

export const MEMBER_BYTES: usize = 12;
export const MOVED_BYTES: usize = 24;
/** Two lists of members for sorting, and the runs they end as: first and last of each. */
const SORTING_BYTES: usize = 40;

/** The members of the objects that are open, behind one that is nobody's. */
export let members: usize = 0;
/** Where the members of an object are put in order. */
export let sorting: usize = 0;
/** The parts of the objects that move. */
export let parts: usize = 0;
/** The objects whose members move. */
export let moved: usize = 0;
/** The document without white space and with every token in its canonical spelling. */
export let spelled: usize = 0;
/** The canonical form, when members move. */
export let output: usize = 0;

/** Lays the areas out for a document of so many bytes; returns the first address behind them. */
export function layOut(length: usize): usize {
  const count = length / MEMBER_TEXT_BYTES + 2;
  members = after(DOCUMENT, length);
  sorting = after(members, count * MEMBER_BYTES);
  parts = after(sorting, count * SORTING_BYTES);
  moved = after(parts, count * MEMBER_BYTES);
  spelled = after(moved, (length / MOVED_TEXT_BYTES + 1) * MOVED_BYTES);
  output = after(spelled, length * GROWTH);
  return after(output, length * GROWTH);
}

function after(start: usize, bytes: usize): usize {
  return (start + bytes + SLACK + 15) & ~15;
}
