/** Bytes of a number of at most 2^53 − 1 as base-128 digits, the most significant one first. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Returns the place behind it. All but the last byte have their high bit set. */
export function writeVarint(target: Uint8Array, value: number, at: number): number {
  const end = at + varintBytes(value);
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    target[i] = (rest % 128) + (i === end - 1 ? 0 : 128);
    rest = Math.floor(rest / 128);
  }
  return end;
}
