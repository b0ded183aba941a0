import fc from 'fast-check';
import {
  decodePromiseAnswer,
  decodePromiseRequest,
  encodePromiseAnswer,
  encodePromiseRequest,
  type PromiseAnswer,
  type PromiseRequest,
} from './promise-codec';
import { anyChain, anyEpoch, anyPosition, anyStore, standsFuzzing } from './testing/fuzz';

const REQUEST: PromiseRequest = {
  store: 'a1b2c3d4e5f60718',
  epoch: 0x0003_0000,
  candidate: '0102030405060708',
  dry: true,
};
const ANSWER: PromiseAnswer = {
  granted: true,
  incomplete: false,
  promised: 0x0003_0000,
  epoch: 0x0002_0005,
  position: { sequence: 9, n: 4 },
  chain: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
};

const anyRequest: fc.Arbitrary<PromiseRequest> = fc.record({
  store: anyStore,
  epoch: anyEpoch,
  candidate: anyStore,
  dry: fc.boolean(),
});
const anyAnswer: fc.Arbitrary<PromiseAnswer> = fc.record({
  granted: fc.boolean(),
  incomplete: fc.boolean(),
  promised: anyEpoch,
  epoch: anyEpoch,
  position: anyPosition,
  chain: anyChain,
});

describe('the request for a promise', () => {
  it('has these bytes', () => {
    expect(encodePromiseRequest(REQUEST).toString('hex')).toBe(
      ['02', '03', 'a1b2c3d4e5f60718', '00030000', '0102030405060708', '01'].join(''),
    );
    expect(encodePromiseRequest({ ...REQUEST, dry: false }).at(-1)).toBe(0);
  });

  it('is answered with these bytes', () => {
    expect(encodePromiseAnswer(ANSWER).toString('hex')).toBe(
      [
        '02',
        '04',
        '01', // granted
        '00030000', // promised
        '00020005', // epoch
        '0000000000000009' + '00000004',
        '000102030405060708090a0b0c0d0e0f',
      ].join(''),
    );
  });

  it.each([
    [false, false, 0],
    [true, false, 1],
    [false, true, 2],
    [true, true, 3],
  ])('granted %s and incomplete %s are the flags %i', (granted, incomplete, flags) => {
    expect(encodePromiseAnswer({ ...ANSWER, granted, incomplete }).at(2)).toBe(flags);
  });

  it('is read as it was written, and so is its answer', () => {
    const requests = fc.property(anyRequest, (request) =>
      expect(decodePromiseRequest(encodePromiseRequest(request))).toEqual(request),
    );
    fc.assert(requests, { seed: 1 });
    const answers = fc.property(anyAnswer, (answer) =>
      expect(decodePromiseAnswer(encodePromiseAnswer(answer))).toEqual(answer),
    );
    fc.assert(answers, { seed: 2 });
  });

  it.each([
    ['an answer', encodePromiseAnswer(ANSWER)],
    ['an unknown flag', withLast(encodePromiseRequest(REQUEST), 2)],
    ['another version', Buffer.concat([Buffer.of(1), encodePromiseRequest(REQUEST).subarray(1)])],
  ])('refuses %s as BAD_FRAME', (_, bytes) => {
    expect(() => decodePromiseRequest(bytes)).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });

  it('stands every truncation, every flipped bit and any bytes, and so does its answer', () => {
    standsFuzzing(decodePromiseRequest, encodePromiseRequest(REQUEST), 3);
    standsFuzzing(decodePromiseAnswer, encodePromiseAnswer(ANSWER), 4);
  });
});

function withLast(bytes: Buffer, value: number): Buffer {
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of(value)]);
}
