import fc from 'fast-check';
import { START } from '@hooklog/ordered-log';
import {
  type AppendAnswer,
  type AppendRequest,
  decodeAnswer,
  decodeAppend,
  encodeAnswer,
  encodeAppend,
} from './append-codec';
import { SyncError } from './sync-error';
import { flip } from './testing/chunks';

const LIMITS = { recordsMax: 4 };
const CHAIN = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

const REQUEST: AppendRequest = {
  store: 'a1b2c3d4e5f60718',
  epoch: 7,
  previous: { sequence: 2 ** 40, n: 3 },
  previousChain: CHAIN,
  records: [{ position: { sequence: 2 ** 40 + 1, n: 0 }, frame: Buffer.from('frame') }],
};
const ANSWER: AppendAnswer = {
  outcome: 'gap',
  epoch: 7,
  verified: START,
  durable: { sequence: 5, n: 1 },
  expect: { sequence: 5, n: 1 },
  chain: CHAIN,
};

const numbers = { sequence: fc.maxSafeNat(), n: fc.nat(0xffff_ffff) };
const chain = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const anyRequest = fc.record({
  store: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  epoch: fc.nat(0xffff_ffff),
  previous: fc.record({ sequence: fc.nat(2 ** 31 - 1), n: fc.nat(0xffff_ffff) }),
  previousChain: chain,
  frames: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: LIMITS.recordsMax }),
});

describe('append', () => {
  it('has these bytes', () => {
    expect(encodeAppend(REQUEST).toString('hex')).toBe(
      [
        '01',
        '01',
        'a1b2c3d4e5f60718',
        '00000007',
        '000001000000000000000003',
        CHAIN.toString('hex'),
        '00000001',
      ]
        .concat(['000001000000000100000000', '00000005', Buffer.from('frame').toString('hex')])
        .join(''),
    );
    expect(encodeAnswer(ANSWER).toString('hex')).toBe(
      ['01', '02', '01', '00000007', '00'.repeat(12), '000000000000000500000001', '000000000000000500000001']
        .concat(CHAIN.toString('hex'))
        .join(''),
    );
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyRequest, ({ frames, ...fields }) => {
        const records = frames.map((frame, i) => ({
          position: { sequence: fields.previous.sequence + i + 1, n: 0 },
          frame: Buffer.from(frame),
        }));
        expect(decodeAppend(encodeAppend({ ...fields, records }), LIMITS)).toEqual({ ...fields, records });
      }),
      { seed: 2 },
    );
    const anyAnswer = fc.record({
      outcome: fc.constantFrom('accepted', 'gap', 'diverged', 'stale'),
      epoch: fc.nat(0xffff_ffff),
      verified: fc.record(numbers),
      durable: fc.record(numbers),
      expect: fc.record(numbers),
      chain,
    });
    fc.assert(
      fc.property(anyAnswer, (answer) =>
        expect(decodeAnswer(encodeAnswer(answer as AppendAnswer))).toEqual(answer),
      ),
      { seed: 3 },
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['an answer', encodeAnswer(ANSWER)],
    ['another version', Buffer.concat([Buffer.of(2), encodeAppend(REQUEST).subarray(1)])],
    ['a byte too many', Buffer.concat([encodeAppend(REQUEST), Buffer.of(0)])],
    ['more records than the limit', encodeAppend(withRecords(5))],
    ['records out of order', encodeAppend({ ...REQUEST, records: withRecords(3).records.toReversed() })],
    [
      'a record that is not behind previous',
      encodeAppend({ ...REQUEST, records: [{ position: REQUEST.previous, frame: CHAIN }] }),
    ],
    ['a sequence beyond 2^53', Buffer.from(encodeAppend(REQUEST)).fill(0xff, 14, 22)],
    ['a record count that lies', Buffer.from(encodeAppend(withRecords(0))).fill(0x04, 45, 46)],
  ])('refuses %s as BAD_FRAME with its offset', (_, bytes) => {
    expect(() => decodeAppend(bytes, LIMITS)).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME', offset: expect.any(Number) }),
    );
  });

  it('refuses every truncation, and survives every flipped bit and any bytes', () => {
    const [request, answer] = [encodeAppend(REQUEST), encodeAnswer(ANSWER)];
    for (let end = 0; end < request.length; end += 1)
      expect(() => decodeAppend(request.subarray(0, end), LIMITS)).toThrow(SyncError);
    for (let end = 0; end < answer.length; end += 1)
      expect(() => decodeAnswer(answer.subarray(0, end))).toThrow(SyncError);
    for (let bit = 0; bit < request.length * 8; bit += 1)
      onlyBadFrames(() => decodeAppend(flip(request, bit), LIMITS));
    for (let bit = 0; bit < answer.length * 8; bit += 1) onlyBadFrames(() => decodeAnswer(flip(answer, bit)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        onlyBadFrames(() => decodeAppend(Buffer.from(bytes), LIMITS));
        onlyBadFrames(() => decodeAnswer(Buffer.from(bytes)));
      }),
      { seed: 4 },
    );
  });
});

function withRecords(count: number): AppendRequest {
  const at = (i: number): number => REQUEST.previous.sequence + 1 + i;
  const records = Array.from({ length: count }, (_, i) => ({
    position: { sequence: at(i), n: 0 },
    frame: CHAIN,
  }));
  return { ...REQUEST, records };
}

function onlyBadFrames(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    expect(error).toMatchObject({ name: 'SyncError', code: 'BAD_FRAME' });
  }
}
