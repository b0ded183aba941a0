import fc from 'fast-check';
import { SyncError } from '../sync-error';
import { boundBetween, compareBounds, INFINITY, ZERO } from './bound';
import { NUMBER_MAX, RECONCILE_LIMITS } from './limits';
import { type Range, readMessage } from './message-reader';
import { MessageWriter } from './message-writer';
import { item, NO_LIMITS } from './testing/session';
import { varintBytes, writeVarint } from './varint';

const NO_SIZE = { frameBytesMax: 0, messageRangesMax: Infinity };
const fingerprint = Buffer.alloc(16, 0xab);
const bound = (timestamp: number, id = ''): { timestamp: number; id: Buffer } => ({
  timestamp,
  id: Buffer.from(id, 'hex'),
});

describe('a varint', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8100'],
    [300, '822c'],
    [16384, '818000'],
    [1763600000, '86c8f9cd00'],
    [1763600000000, 'b3a9f681c800'],
    [2 ** 53 - 1, '8fffffffffffff7f'],
  ])('%d is %s', (value, hex) => {
    const bytes = Buffer.alloc(8);
    expect(bytes.toString('hex', 0, writeVarint(bytes, value, 0))).toBe(hex);
    expect(varintBytes(value)).toBe(hex.length / 2);
  });
});

describe('the bound between two neighbours', () => {
  const of = (timestamp: number, hex: string): { timestamp: number; id: Buffer } => ({
    timestamp,
    id: Buffer.concat([Buffer.from(hex, 'hex')], 32),
  });

  it.each([
    ['a timestamp, where they differ', of(1, 'aa'), of(2, 'bb'), bound(2)],
    ['one byte', of(2, 'aa'), of(2, 'bb'), bound(2, 'bb')],
    ['what they have in common, and one byte', of(2, 'aabbcc'), of(2, 'aabbdd'), bound(2, 'aabbdd')],
    [
      'all of the id',
      of(2, '00'),
      { timestamp: 2, id: Buffer.alloc(32, 0).fill(1, 31) },
      bound(2, '00'.repeat(31) + '01'),
    ],
  ])('is %s', (_, previous, next, expected) => {
    const { timestamp, id } = boundBetween(previous, next);
    expect({ timestamp, id: Buffer.from(id) }).toEqual(expected);
  });
});

describe('a message', () => {
  it('puts skips together, and leaves them away at the end', () => {
    const writer = new MessageWriter(NO_SIZE);
    writer.skip(bound(10));
    writer.skip(bound(300, 'aabb'));
    writer.fingerprint(bound(300, 'aacc'), fingerprint);
    writer.ids(bound(301), [item(1, 300)], 1);
    writer.skip(INFINITY);
    const expected = [
      '61',
      '822d02aabb00',
      '0102aacc01' + 'ab'.repeat(16),
      '02000201' + item(1, 0).id.toString('hex'),
    ];
    expect(writer.finish().toString('hex')).toBe(expected.join(''));
  });

  it('without a range is one byte', () => {
    const writer = new MessageWriter(NO_SIZE);
    writer.skip(bound(10));
    expect(writer.finish().toString('hex')).toBe('61');
  });

  it('is what it was at a mark that it was taken back to', () => {
    const writer = new MessageWriter(NO_SIZE);
    writer.fingerprint(bound(5), fingerprint);
    writer.skip(bound(9));
    const mark = writer.mark();
    const before = readMessage(finished(writer, mark), NO_LIMITS);
    writer.fingerprint(bound(2 ** 40), fingerprint);
    writer.rewind(mark);
    expect(readMessage(finished(writer, mark), NO_LIMITS)).toEqual(before);
  });

  it('is read as it was written', () => {
    const ranges = fc.array(
      fc.record({
        timestamp: fc.oneof(fc.nat(3), fc.maxSafeNat(), fc.constant(NUMBER_MAX)),
        id: fc.uint8Array({ maxLength: 32 }).map((id) => Buffer.from(id)),
        ids: fc.option(
          fc.array(
            fc.uint8Array({ minLength: 32, maxLength: 32 }).map((id) => Buffer.from(id)),
            { maxLength: 3 },
          ),
        ),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(ranges, fc.boolean(), (all, isWhole) => {
        const writer = new MessageWriter(NO_SIZE);
        const written: Range[] = all
          .toSorted((a, b) => a.timestamp - b.timestamp || a.id.compare(b.id))
          .filter(({ id }) => id.at(-1) !== 0)
          .filter((upper, i, sorted) => compareBounds(sorted[i - 1] ?? ZERO, upper) < 0)
          .map(({ timestamp, id, ids }) => {
            const upper = { timestamp, id };
            if (ids === null) return { mode: 'fingerprint', upper, fingerprint };
            return { mode: 'ids', upper, ids };
          });
        if (isWhole) written.push({ mode: 'fingerprint', upper: INFINITY, fingerprint });
        for (const range of written) {
          if (range.mode === 'fingerprint') writer.fingerprint(range.upper, range.fingerprint);
          if (range.mode === 'ids')
            writer.ids(
              range.upper,
              range.ids.map((id) => ({ timestamp: 0, id })),
              range.ids.length,
            );
        }
        expect(readMessage(writer.finish(), NO_LIMITS)).toEqual(written);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it.each([
    ['nothing at all', '', 0],
    ['a version that is none', '5f', 0],
    ['a version that is none', '70', 0],
    ['a number without its last byte', '6186c8', 3],
    ['a number of 9 bytes', '618180808080808080', 1],
    ['a number beyond 2^53 − 1', '61' + '00' + '00' + '02' + 'bfffffffffffff7f', 4],
    ['a number with a leading zero', '618001', 1],
    ['a timestamp beyond 2^53 − 1', '61' + '9080808080808001' + '00' + '00', 1],
    [
      'timestamps that add up to more than 2^53 − 1',
      '61' + '9080808080808000' + '00' + '00' + '02' + '00' + '00',
      11,
    ],
    ['an id of 33 bytes', '61' + '05' + '21' + '00'.repeat(40), 2],
    ['an id that is cut', '61' + '05' + '20' + '00'.repeat(31), 3],
    ['an id behind infinity', '61' + '00' + '01' + '00' + '00', 2],
    ['a bound below the one before', '61' + '0501bb00' + '0101aa00', 5],
    ['a timestamp behind infinity', '61' + '000000' + '050000', 4],
    ['a mode that is none', '61' + '0000' + '03', 3],
    ['a fingerprint that is cut', '61' + '0000' + '01' + 'ab'.repeat(15), 4],
    ['more ids than there are bytes', '61' + '0000' + '02' + '02' + 'ee'.repeat(63), 4],
    ['ids in an empty range', '61' + '0501bb00' + '0101bb0201' + 'ee'.repeat(32), 8],
    ['ids before every item', '61' + '01000201' + 'ee'.repeat(32), 3],
    ['very many ids', '61' + '0000' + '02' + '8fffffffffffff7f', 4],
  ])('is refused for %s, with its place', (_, hex, offset) => {
    expect(refusalOf(Buffer.from(hex, 'hex'))).toMatchObject({ code: 'BAD_FRAME', offset });
  });

  it('is read up to its limits, and no further', () => {
    const { messageRangesMax, messageBytesMax } = RECONCILE_LIMITS;
    const skips = (count: number): Buffer => Buffer.from('61' + '020000'.repeat(count), 'hex');
    expect(readMessage(skips(messageRangesMax), RECONCILE_LIMITS)).toHaveLength(4096);
    expect(refusalOf(skips(messageRangesMax + 1))).toMatchObject({ code: 'BAD_FRAME', offset: 1 + 3 * 4096 });
    const large = Buffer.alloc(messageBytesMax + 1, 0x61);
    expect(refusalOf(large)).toMatchObject({ code: 'BAD_FRAME', offset: 256 * 1024 });
  });

  it('of another version is no error of its bytes', () => {
    expect(readMessage(Buffer.from('62aabb', 'hex'), RECONCILE_LIMITS)).toBeUndefined();
  });
});

function finished(writer: MessageWriter, mark: ReturnType<MessageWriter['mark']>): Buffer {
  writer.fingerprint(INFINITY, fingerprint);
  const message = Buffer.from(writer.finish());
  writer.rewind(mark);
  return message;
}

function refusalOf(message: Buffer): unknown {
  try {
    return readMessage(message, RECONCILE_LIMITS);
  } catch (error) {
    expect(error).toBeInstanceOf(SyncError);
    return error;
  }
}
