import { START } from '../index';
import {
  decodeArrived,
  decodeExtent,
  decodePosition,
  decodePromise,
  decodeRetired,
  encodeArrived,
  encodeBeginning,
  encodeExtent,
  encodePosition,
  encodePromise,
  encodeRetired,
} from './marks';

const EXTENT = { position: { sequence: 258, n: 3 }, chain: Buffer.alloc(16, 0xcc), arrival: 7, pending: 2 };
const EXTENT_BYTES = `0000000000000102 00000003 ${'cc'.repeat(16)} 0000000000000007 0000000000000002`;
const hex = (bytes: Buffer): string => bytes.toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('what a database notes of itself has known bytes', () => {
  it('a promise: the epoch and the store; earlier versions noted the epoch alone', () => {
    const promise = { promised: 65_537, promisedTo: 'aabbccddeeff0011' };
    const row = encodePromise(promise.promised, promise.promisedTo);
    expect(hex(row)).toBe('0000000000010001aabbccddeeff0011');
    expect(decodePromise(row)).toEqual(promise);
    const nobody = { promised: 65_537, promisedTo: '0000000000000000' };
    expect(decodePromise(row.subarray(0, 8))).toEqual(nobody);
    for (const length of [0, 7, 9, 15]) expect(decodePromise(row.subarray(0, length))).toBeUndefined();
  });

  it('an extent: without cuts that of earlier versions', () => {
    expect(encodeExtent({ ...EXTENT, cuts: 0 })).toEqual(bytes(EXTENT_BYTES));
    expect(encodeExtent({ ...EXTENT, cuts: 5 })).toEqual(bytes(`${EXTENT_BYTES} 0000000000000005`));
    for (const cuts of [0, 5])
      expect(decodeExtent(encodeExtent({ ...EXTENT, cuts }))).toEqual({ ...EXTENT, cuts });
    expect([decodeExtent(undefined), decodeExtent(Buffer.alloc(45))]).toEqual([undefined, undefined]);
  });

  it('a position, the beginning of an epoch, the last arrival', () => {
    expect(hex(encodePosition({ sequence: 258, n: 3 }))).toBe('000000000000010200000003');
    const beginning = encodeBeginning({ sequence: 258, n: 3 }, { node: 'm', store: 'aabbccddeeff0011' });
    expect(hex(beginning)).toBe('000000000000010200000003aabbccddeeff00116d');
    expect(decodePosition(beginning)).toEqual({ sequence: 258, n: 3 });
    const arrived = { arrival: 7, receivedAt: 9, sequence: 258 };
    expect(hex(encodeArrived(arrived))).toBe('000000000000000700000000000000090000000000000102');
    const earlier = { ...arrived, sequence: undefined };
    expect(hex(encodeArrived(earlier))).toBe('00000000000000070000000000000009');
    for (const one of [arrived, earlier]) expect(decodeArrived(encodeArrived(one))).toEqual(one);
    expect(decodePosition(encodePosition(START))).toEqual(START);
  });

  it('what a receipt ended: its arrival and frame; of any other bytes something that no checksum fits', () => {
    const retired = { arrival: 7, frame: Buffer.of(1, 2, 3) };
    expect(hex(encodeRetired(retired))).toBe('0000000000000007010203');
    expect(decodeRetired(encodeRetired(retired))).toEqual(retired);
    expect(decodeRetired(Buffer.of(1))).toEqual({ arrival: 0, frame: Buffer.of(1) });
  });
});
