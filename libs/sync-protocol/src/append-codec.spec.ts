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
import { anyChain, anyEpoch, anyPosition, anyStore, standsFuzzing } from './testing/fuzz';

const LIMITS = { recordsMax: 4 };
const CHAIN = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

const REQUEST: AppendRequest = {
  store: 'a1b2c3d4e5f60718',
  cluster: 'c1c2c3c4c5c6c7c8',
  epoch: 0x0001_0007,
  leader: { node: 'nö', url: 'http://a' },
  previous: { sequence: 2 ** 40, n: 3 },
  previousChain: CHAIN,
  commit: { sequence: 2 ** 40 - 1, n: 2 },
  records: [{ position: { sequence: 2 ** 40 + 1, n: 0 }, frame: Buffer.from('frame') }],
};
const ANSWER: AppendAnswer = {
  outcome: 'gap',
  epoch: 7,
  promised: 0x0002_0000,
  incompleteUpTo: { sequence: 4, n: 3 },
  verified: START,
  durable: { sequence: 5, n: 1 },
  expect: { sequence: 6, n: 2 },
  chain: CHAIN,
};

const anyRequest = fc.record({
  store: anyStore,
  cluster: anyStore,
  epoch: anyEpoch,
  leader: fc.record({ node: fc.string({ unit: 'grapheme' }), url: fc.webUrl() }),
  previous: fc.record({ sequence: fc.nat(2 ** 31 - 1), n: anyEpoch }),
  previousChain: anyChain,
  commit: anyPosition,
  frames: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: LIMITS.recordsMax }),
});
const anyAnswer: fc.Arbitrary<AppendAnswer> = fc.record({
  outcome: fc.constantFrom('accepted', 'gap', 'diverged', 'stale', 'foreign'),
  epoch: anyEpoch,
  promised: anyEpoch,
  incompleteUpTo: anyPosition,
  verified: anyPosition,
  durable: anyPosition,
  expect: anyPosition,
  chain: anyChain,
});

describe('append', () => {
  it('has these bytes', () => {
    expect(encodeAppend(REQUEST).toString('hex')).toBe(
      [
        '02', // version
        '01',
        'a1b2c3d4e5f60718',
        'c1c2c3c4c5c6c7c8',
        '00010007', // epoch
        '0000010000000000' + '00000003', // previous
        CHAIN.toString('hex'),
        '000000ffffffffff' + '00000002', // commit
        '0003' + Buffer.from('nö').toString('hex'),
        '0008' + Buffer.from('http://a').toString('hex'),
        '00000001', // count
        '0000010000000001' + '00000000',
        '00000005' + Buffer.from('frame').toString('hex'),
      ].join(''),
    );
  });

  it('is answered with these bytes', () => {
    expect(encodeAnswer(ANSWER).toString('hex')).toBe(
      [
        '02',
        '02',
        '01', // gap
        '00000007',
        '00020000', // promised
        '0000000000000004' + '00000003', // incomplete up to
        '00'.repeat(12), // verified
        '0000000000000005' + '00000001', // durable
        '0000000000000006' + '00000002', // expect
        CHAIN.toString('hex'),
      ].join(''),
    );
  });

  it.each([
    ['accepted', '00'],
    ['gap', '01'],
    ['diverged', '02'],
    ['stale', '03'],
    ['foreign', '04'],
  ] as const)('says %s with the byte %s', (outcome, byte) => {
    expect(encodeAnswer({ ...ANSWER, outcome }).toString('hex', 2, 3)).toBe(byte);
  });

  it('is read as it was written, and so is its answer', () => {
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
    fc.assert(
      fc.property(anyAnswer, (answer) => expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer)),
      { seed: 3 },
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['an answer', encodeAnswer(ANSWER)],
    ['the version before', withByte(encodeAppend(REQUEST), 0, 1)],
    ['a later version', withByte(encodeAppend(REQUEST), 0, 3)],
    ['a byte too many', Buffer.concat([encodeAppend(REQUEST), Buffer.of(0)])],
    ['more records than the limit', encodeAppend(withRecords(5))],
    ['records out of order', encodeAppend({ ...REQUEST, records: withRecords(3).records.toReversed() })],
    ['a record twice', encodeAppend({ ...REQUEST, records: [...REQUEST.records, ...REQUEST.records] })],
    [
      'a record that is not behind previous',
      encodeAppend({ ...REQUEST, records: [{ position: REQUEST.previous, frame: CHAIN }] }),
    ],
    ['a sequence beyond 2^53', Buffer.from(encodeAppend(REQUEST)).fill(0xff, 22, 30)],
    ['a record count that lies', withByte(encodeAppend(withRecords(0)), -1, 4)],
    ['a name that is no UTF-8', Buffer.from(encodeAppend(REQUEST)).fill(0xff, 64, 65)],
  ])('refuses %s as BAD_FRAME with its offset', (_, bytes) => {
    expect(() => decodeAppend(bytes, LIMITS)).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME', offset: expect.any(Number) }),
    );
  });

  it.each([
    ['an unknown outcome', withByte(encodeAnswer(ANSWER), 2, 5)],
    ['a place beyond 2^53', withByte(encodeAnswer(ANSWER), 11, 0xff)],
    ['a request', encodeAppend(REQUEST)],
  ])('refuses %s in an answer as BAD_FRAME', (_, bytes) => {
    expect(() => decodeAnswer(bytes)).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });

  it('is refused by its version first, so that an operator is told which node is old', () => {
    expect(() => decodeAppend(Buffer.of(1, 1, 0), LIMITS)).toThrow('protocol version 1 instead of 2');
  });

  it('stands every truncation, every flipped bit and any bytes, and so does its answer', () => {
    standsFuzzing((bytes) => decodeAppend(bytes, LIMITS), encodeAppend(REQUEST), 4);
    standsFuzzing(decodeAnswer, encodeAnswer(ANSWER), 5);
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

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at < 0 ? bytes.length + at : at] = value;
  return changed;
}
