import { compareEscapedKeys, comparePlainKeys } from './keys';
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

/** Members as they are sorted; what they are sorted by, and where the keys are. */
let keys: usize = 0;
let from: usize = 0;
let escaped: bool = false;

/** The order of `count` members from `base` on, whose offsets count from `text`; `hasEscapes`: some key has some. */
export function orderOf(base: usize, count: usize, text: usize, hasEscapes: bool): Order {
  keys = base;
  from = text + 1;
  escaped = hasEscapes;
  return runsOf(sorted(count), count);
}

/** The numbers of the members in order, equals as they came: runs of 1, 2, 4 … are merged between two lists. */
function sorted(count: usize): usize {
  let source = sorting;
  let target = sorting + 4 * count;
  for (let i: usize = 0; i < count; i++) store<usize>(source + 4 * i, i);
  if (isSorted(source, count)) return source;
  for (let width: usize = 1; width < count; width *= 2) {
    for (let start: usize = 0; start < count; start += 2 * width) {
      merge(source, target, start, min(start + width, count), min(start + 2 * width, count));
    }
    const merged = target;
    target = source;
    source = merged;
  }
  return source;
}

function isSorted(list: usize, count: usize): bool {
  for (let i: usize = 1; i < count; i++) {
    if (compare(list + 4 * (i - 1), list + 4 * i) > 0) return false;
  }
  return true;
}

function merge(source: usize, target: usize, start: usize, middle: usize, end: usize): void {
  let left = source + 4 * start;
  const leftEnd = source + 4 * middle;
  let right = leftEnd;
  const rightEnd = source + 4 * end;
  for (let to = target + 4 * start; to < target + 4 * end; to += 4) {
    if (right == rightEnd || (left < leftEnd && compare(left, right) <= 0)) {
      store<usize>(to, load<usize>(left));
      left += 4;
    } else {
      store<usize>(to, load<usize>(right));
      right += 4;
    }
  }
}

/** Compares the members whose numbers stand at two places. */
function compare(a: usize, b: usize): i32 {
  const left = keyOf(load<usize>(a));
  const right = keyOf(load<usize>(b));
  return escaped ? compareEscapedKeys(left, right) : comparePlainKeys(left, right);
}

function keyOf(member: usize): usize {
  return from + changetype<Member>(keys + member * MEMBER_BYTES).start;
}

function runsOf(list: usize, count: usize): Order {
  const order = changetype<Order>(sorting + 8 * count);
  let run = changetype<usize>(order) + ORDER_BYTES - RUN_BYTES;
  order.repeated = 0;
  for (let place = list; place < list + 4 * count; place += 4) {
    const member = load<usize>(place);
    if (place > list && compare(place - 4, place) == 0) order.repeated = 1;
    if (place == list || load<usize>(place - 4) + 1 != member) {
      run += RUN_BYTES;
      changetype<Run>(run).first = member;
    }
    changetype<Run>(run).last = member;
  }
  order.runs = (run - changetype<usize>(order)) / RUN_BYTES;
  return order;
}
