export function byteAt(at: usize): i32 {
  return load<u8>(at);
}
