import { compareEscapedKeys, comparePlainKeys, escapedKeyStart, plainKeyStart } from './keys';
import { MEMBER_BYTES, sorting } from './memory';

/** A member of an open object, in offsets of the spelled text. */
@unmanaged
export class Member {
  /** the opening quote of the key */
  start: usize;
  /** after the value */
  end: usize;
  /** objects that move and end before the member does */
  moved: usize;
}

/** How members get into order: the runs of members that stay together, in order. */
@unmanaged
export class Order {
  runs: usize;
  /** 1 when a key stands there more than once */
  repeated: usize;
}

/** First and last member. */
@unmanaged
export class Run {
  first: usize;
  last: usize;
}

export const ORDER_BYTES: usize = 8;
export const RUN_BYTES: usize = 8;

/** A member as it is sorted: keys are looked at only when what they start with is the same. */
@unmanaged
class Item {
  keyStart: u64;
  key: usize;
  member: usize;
}

const ITEM_BYTES: usize = 16;

/** Whether some key has escapes. */
let escaped: bool = false;

/** The order of `count` members from `base` on, whose offsets count from `text`; `hasEscapes`: some key has some. */
export function orderOf(base: usize, count: usize, text: usize, hasEscapes: bool): Order {
  escaped = hasEscapes;
  for (let member: usize = 0; member < count; member++) {
    const key = text + changetype<Member>(base + member * MEMBER_BYTES).start + 1;
    const item = changetype<Item>(sorting + member * ITEM_BYTES);
    item.keyStart = hasEscapes ? escapedKeyStart(key) : plainKeyStart(key);
    item.key = key;
    item.member = member;
  }
  return runsOf(sorted(count * ITEM_BYTES), count);
}

/** The list of items in order, equals as they came: runs of 1, 2, 4 … are merged between two lists. */
function sorted(bytes: usize): usize {
  let source = sorting;
  let target = sorting + bytes;
  if (isSorted(source, bytes)) return source;
  for (let width = ITEM_BYTES; width < bytes; width *= 2) {
    for (let start: usize = 0; start < bytes; start += 2 * width) {
      const middle = source + min(start + width, bytes);
      merge(source + start, middle, source + min(start + 2 * width, bytes), target + start);
    }
    const merged = target;
    target = source;
    source = merged;
  }
  return source;
}

function isSorted(list: usize, bytes: usize): bool {
  for (let at = list + ITEM_BYTES; at < list + bytes; at += ITEM_BYTES) {
    if (compare(at - ITEM_BYTES, at) > 0) return false;
  }
  return true;
}

/** Merges the items from `left` to `middle` and from there to `end`. */
function merge(left: usize, middle: usize, end: usize, to: usize): void {
  let right = middle;
  while (left < middle && right < end) {
    const isLeft = compare(left, right) <= 0;
    v128.store(to, v128.load(isLeft ? left : right));
    if (isLeft) left += ITEM_BYTES;
    else right += ITEM_BYTES;
    to += ITEM_BYTES;
  }
  memory.copy(to, left, middle - left);
  memory.copy(to + (middle - left), right, end - right);
}

function compare(a: usize, b: usize): i32 {
  const left = changetype<Item>(a);
  const right = changetype<Item>(b);
  if (left.keyStart != right.keyStart) return left.keyStart < right.keyStart ? -1 : 1;
  return escaped ? compareEscapedKeys(left.key, right.key) : comparePlainKeys(left.key, right.key);
}

function runsOf(list: usize, count: usize): Order {
  const order = changetype<Order>(sorting + 2 * count * ITEM_BYTES);
  let run = changetype<usize>(order) + ORDER_BYTES - RUN_BYTES;
  let before: usize = 0;
  order.repeated = 0;
  for (let at = list; at < list + count * ITEM_BYTES; at += ITEM_BYTES) {
    const member = changetype<Item>(at).member;
    if (at > list && compare(at - ITEM_BYTES, at) == 0) order.repeated = 1;
    if (at == list || before + 1 != member) {
      run += RUN_BYTES;
      changetype<Run>(run).first = member;
    }
    changetype<Run>(run).last = member;
    before = member;
  }
  order.runs = (run - changetype<usize>(order)) / RUN_BYTES;
  return order;
}
