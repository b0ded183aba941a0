import fc from 'fast-check';
import { SyncError } from '../sync-error';
import { flip } from './chunks';

type Decode = (bytes: Buffer) => unknown;

/** Foreign bytes are decoded or refused as `BAD_FRAME` with their place, and never anything else. */
function readsOrRefuses(decode: Decode, bytes: Buffer): void {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).toMatchObject({ name: 'SyncError', code: 'BAD_FRAME', offset: expect.any(Number) });
  }
}

/** What one message has to stand: cut anywhere, a bit turned, a byte more, and any bytes in its place. */
export function standsFuzzing(decode: Decode, message: Buffer, seed: number): void {
  expect(() => decode(message)).not.toThrow();
  for (let end = 0; end < message.length; end += 1)
    expect(() => decode(message.subarray(0, end))).toThrow(SyncError);
  expect(() => decode(Buffer.concat([message, Buffer.of(0)]))).toThrow(SyncError);
  refusesOnlyAsBadFrame(decode, message, seed);
}

/** A bit turned, and any bytes in its place. */
export function refusesOnlyAsBadFrame(decode: Decode, message: Buffer, seed: number): void {
  for (let bit = 0; bit < message.length * 8; bit += 1) readsOrRefuses(decode, flip(message, bit));
  const head = fc.constantFrom(Buffer.alloc(0), message.subarray(0, 2), message.subarray(0, 30));
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 200 }), (start, rest) =>
      readsOrRefuses(decode, Buffer.concat([start, rest])),
    ),
    { seed },
  );
}

/** Arbitrary fields of messages. */
export const anyEpoch = fc.nat(0xffff_ffff);
export const anyPosition = fc.record({ sequence: fc.maxSafeNat(), n: anyEpoch });
export const anyStore = bytesOf(8).map((bytes) => bytes.toString('hex'));
export const anyChain = bytesOf(16);

function bytesOf(length: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
}
