import { ByteWriter, readU32, readU32LE, readU64, writeU32, writeU64 } from './bytes';

const NUMBERS = [0, 1, 0xff, 0x100, 0x7fff_ffff, 0x8000_0000, 0xdead_beef, 0xffff_ffff];
const OUTSIDE = [-1, 5, 8, NaN];

describe('numbers in a Buffer', () => {
  it.each(NUMBERS)('are as its own methods have them (%i)', (value) => {
    const own = Buffer.alloc(8, 0x55);
    const bytes = Buffer.alloc(8, 0x55);
    own.writeUInt32BE(value, 3);
    writeU32(bytes, value, 3);
    expect(bytes).toEqual(own);
    expect(readU32(bytes, 3)).toBe(value);
    expect(readU32LE(bytes, 3)).toBe(own.readUInt32LE(3));
  });

  it.each([...NUMBERS, 2 ** 32, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER])('have 64 bits (%i)', (value) => {
    const own = Buffer.alloc(9);
    const bytes = Buffer.alloc(9);
    own.writeBigUInt64BE(BigInt(value), 1);
    writeU64(bytes, value, 1);
    expect(bytes).toEqual(own);
    expect(readU64(bytes, 1)).toBe(value);
  });

  it('are none above 2^53 − 1', () => {
    expect(readU64(Buffer.from('0020000000000000', 'hex'), 0)).toBeNaN();
  });

  it('are none that need more bytes', () => {
    const bytes = Buffer.alloc(8);
    for (const value of [-1, 2 ** 32]) expect(() => writeU32(bytes, value, 0)).toThrow(RangeError);
    for (const value of [-1, 2 ** 64]) expect(() => writeU64(bytes, value, 0)).toThrow(RangeError);
    for (const value of [-1, 0x100]) expect(() => new ByteWriter(bytes).u8(value)).toThrow(RangeError);
    for (const value of [-1, 0x1_0000]) expect(() => new ByteWriter(bytes).u16(value)).toThrow(RangeError);
    expect(bytes).toEqual(Buffer.alloc(8));
  });

  it.each(OUTSIDE)('are none outside of it (at %d)', (at) => {
    const bytes = Buffer.alloc(8);
    for (const touch of [readU32, readU32LE]) expect(() => touch(bytes, at)).toThrow(RangeError);
    for (const touch of [writeU32, writeU64]) expect(() => touch(bytes, 1, at)).toThrow(RangeError);
    expect(bytes).toEqual(Buffer.alloc(8));
    expect(() => readU64(bytes, at)).toThrow(RangeError);
  });
});
