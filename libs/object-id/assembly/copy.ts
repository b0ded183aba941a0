/** Above this the engine's own copy is faster. */
const LOOPED_COPY_BYTES_MAX: usize = 512;

/** Copies exactly these bytes: the areas may not overlap. */
export function copy(to: usize, from: usize, length: usize): void {
  if (length > LOOPED_COPY_BYTES_MAX) {
    memory.copy(to, from, length);
  } else if (length >= 32) {
    const last = length - 32;
    for (let i: usize = 0; i < last; i += 32) copy32(to + i, from + i);
    copy32(to + last, from + last);
  } else if (length >= 16) {
    const last = length - 16;
    const end = v128.load(from + last);
    v128.store(to, v128.load(from));
    v128.store(to + last, end);
  } else if (length >= 8) {
    const last = length - 8;
    const end = load<u64>(from + last);
    store<u64>(to, load<u64>(from));
    store<u64>(to + last, end);
  } else if (length >= 4) {
    const last = length - 4;
    const end = load<u32>(from + last);
    store<u32>(to, load<u32>(from));
    store<u32>(to + last, end);
  } else {
    for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}

function copy32(to: usize, from: usize): void {
  const end = v128.load(from, 16);
  v128.store(to, v128.load(from));
  v128.store(to, end, 16);
}
