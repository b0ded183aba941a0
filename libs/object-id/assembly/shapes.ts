import { copy } from './copy';
import {
  ORDERS,
  ORDERS_BYTES,
  SHAPE_BYTES,
  SHAPE_SLOTS,
  SHAPE_SLOTS_COUNT,
  SHAPES,
  SHAPES_MAX,
} from './memory';
import { Order, ORDER_BYTES, RUN_BYTES } from './order';

/**
 * A sequence of keys: that of its parent and one more. Senders repeat themselves: nine of ten objects have the keys of
 * an earlier one in the same order, so what sorts them is known, and each key is foreseen by the one before it. A key
 * that is foreseen wrongly costs a look into a table; every key is proved byte by byte.
 */
@unmanaged
export class Shape {
  /** the key from its first byte to its closing quote; KEY_BYTES_MAX of them, of which `length` mean something */
  private key0: u64;
  private key1: u64;
  private key2: u64;
  private key3: u64;
  private key4: u64;
  private key5: u64;
  private key6: u64;
  private key7: u64;
  /** a bit for each of the first 16 bytes of the key */
  mask: u32;
  /** of the key with its closing quote */
  length: usize;
  parent: usize;
  /** keys of the sequence */
  count: usize;
  /** the shape that came after this one last time */
  next: usize;
  /** the shape of the first key of the object that was last found in the value of the key */
  inner: usize;
  /** UNKNOWN_ORDER, SORTED, or the address of an Order */
  order: usize;
  private unused: u32;
}

export const UNKNOWN_ORDER: usize = 0;
export const SORTED: usize = 1;

const KEY_BYTES_MAX: usize = 64;
/** Objects with more members are sorted each time. */
const COUNT_MAX: usize = 256;
const PROBES_MAX: usize = 8;
/** of the FNV-1 hash, in 64 bits */
const HASH_PRIME: u64 = 0x100000001b3;

/** No keys. */
const ROOT = changetype<Shape>(SHAPES);
/** Keys that are not kept. */
const NONE = changetype<Shape>(SHAPES + SHAPE_BYTES);
const FIRST: usize = SHAPES + 2 * SHAPE_BYTES;
const END: usize = SHAPES + SHAPES_MAX * SHAPE_BYTES;

let free: usize = FIRST;
let freeOrder: usize = ORDERS;
/** Whether there was no room for something. */
let full: bool = false;

export function rootShape(): Shape {
  return ROOT;
}

export function noShape(): Shape {
  return NONE;
}

/** Where the shape stands that came after this one last time. */
export function nextOf(shape: Shape): usize {
  return changetype<usize>(shape) + offsetof<Shape>('next');
}

/** Where the shape stands of the first key of the object that was last found in the value of this one's key. */
export function innerOf(shape: Shape): usize {
  return changetype<usize>(shape) + offsetof<Shape>('inner');
}

/** Forgets all once there is no room for more; between documents only, as open objects know their shapes. */
export function beginShapes(): void {
  if (!full) return;
  full = false;
  free = FIRST;
  freeOrder = ORDERS;
  memory.fill(SHAPES, 0, 2 * SHAPE_BYTES);
  memory.fill(SHAPE_SLOTS, 0, SHAPE_SLOTS_COUNT * 4);
}

/** Whether the key at `at` is the last one of the shape. */
export function isKey(shape: Shape, at: usize): bool {
  const mask = shape.mask;
  return (
    (sameBytes(changetype<usize>(shape), at) & mask) == mask && (shape.length <= 16 || isRest(shape, at, 16))
  );
}

/** As `isKey`, from byte `i` of the key on. */
function isRest(shape: Shape, at: usize, i: usize): bool {
  const address = changetype<usize>(shape);
  for (; i + 16 <= shape.length; i += 16) {
    if (sameBytes(address + i, at + i) != 0xffff) return false;
  }
  const mask = lowBits(shape.length - i);
  return (sameBytes(address + i, at + i) & mask) == mask;
}

function lowBits(count: usize): u32 {
  const one: u32 = 1;
  return (one << (count as u32)) - 1;
}

/** A bit for each of 16 bytes that are the same at two places. */
function sameBytes(a: usize, b: usize): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
}

/** The shape of `parent` and the key, without escapes, from `at` to its closing quote before `end`. */
export function childOf(parent: Shape, at: usize, end: usize): Shape {
  const length = end - at;
  if (parent == NONE || length > KEY_BYTES_MAX || parent.count >= COUNT_MAX) return NONE;
  let slot = hashOf(parent, at, length);
  for (let probe: usize = 0; probe < PROBES_MAX; probe++) {
    const place = SHAPE_SLOTS + 4 * (slot & (SHAPE_SLOTS_COUNT - 1));
    const known = load<usize>(place);
    if (!known) return add(parent, at, length, place);
    const shape = changetype<Shape>(known);
    if (shape.parent == changetype<usize>(parent) && shape.length == length && isRest(shape, at, 0))
      return shape;
    slot++;
  }
  full = true;
  return NONE;
}

function hashOf(parent: Shape, at: usize, length: usize): usize {
  const start = load<u64>(at);
  const shown =
    length < 8 ? start & (((<u64>1) << (8 * length)) - 1) : start ^ rotl(load<u64>(at + length - 8), 29);
  const hash = (shown ^ ((<u64>changetype<usize>(parent)) << 20) ^ length) * HASH_PRIME;
  return <usize>(((hash ^ (hash >> 32)) * HASH_PRIME) >> 40);
}

function add(parent: Shape, at: usize, length: usize, place: usize): Shape {
  if (free == END) {
    full = true;
    return NONE;
  }
  const shape = changetype<Shape>(free);
  memory.copy(free, at, KEY_BYTES_MAX);
  free += SHAPE_BYTES;
  shape.mask = lowBits(min<usize>(length, 16));
  shape.length = length;
  shape.parent = changetype<usize>(parent);
  shape.count = parent.count + 1;
  shape.next = 0;
  shape.inner = 0;
  shape.order = UNKNOWN_ORDER;
  store<usize>(place, changetype<usize>(shape));
  return shape;
}

/** Remembers how the members of a shape are put in order. */
export function keepOrder(shape: Shape, order: Order): void {
  if (shape == NONE) return;
  if (order.runs == 1 && !order.repeated) {
    shape.order = SORTED;
    return;
  }
  const bytes = ORDER_BYTES + order.runs * RUN_BYTES;
  if (freeOrder + bytes > ORDERS + ORDERS_BYTES) {
    full = true;
    return;
  }
  copy(freeOrder, changetype<usize>(order), bytes);
  shape.order = freeOrder;
  freeOrder += bytes;
}
