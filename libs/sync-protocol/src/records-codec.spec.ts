import fc from 'fast-check';
import {
  decodeRecordsAnswer,
  decodeRecordsRequest,
  encodeRecordsAnswer,
  encodeRecordsRequest,
  type RecordsAnswer,
  type RecordsRequest,
} from './records-codec';
import { anyChain, anyEpoch, anyPosition, anyStore, standsFuzzing } from './testing/fuzz';

const REQUEST: RecordsRequest = {
  store: 'a1b2c3d4e5f60718',
  previous: { sequence: 7, n: 2 },
  previousChain: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  recordsMax: 3,
};
const ANSWER: RecordsAnswer = {
  outcome: 'accepted',
  records: [
    { position: { sequence: 7, n: 3 }, frame: Buffer.from('one') },
    { position: { sequence: 8, n: 0 }, frame: Buffer.alloc(0) },
  ],
};

const anyRequest: fc.Arbitrary<RecordsRequest> = fc.record({
  store: anyStore,
  previous: anyPosition,
  previousChain: anyChain,
  recordsMax: anyEpoch,
});

describe('the request for records', () => {
  it('has these bytes', () => {
    expect(encodeRecordsRequest(REQUEST).toString('hex')).toBe(
      [
        '02',
        '05',
        'a1b2c3d4e5f60718',
        '0000000000000007' + '00000002',
        '000102030405060708090a0b0c0d0e0f',
        '00000003',
      ].join(''),
    );
  });

  it('is answered with these bytes', () => {
    expect(encodeRecordsAnswer(ANSWER).toString('hex')).toBe(
      [
        '02',
        '06',
        '00', // accepted
        '00000002',
        '0000000000000007' + '00000003' + '00000003' + Buffer.from('one').toString('hex'),
        '0000000000000008' + '00000000' + '00000000',
      ].join(''),
    );
    expect(encodeRecordsAnswer({ outcome: 'diverged', records: [] }).toString('hex')).toBe('02060200000000');
  });

  it('is read as it was written, and so is its answer', () => {
    const requests = fc.property(anyRequest, (request) =>
      expect(decodeRecordsRequest(encodeRecordsRequest(request))).toEqual(request),
    );
    fc.assert(requests, { seed: 1 });
    expect(decodeRecordsAnswer(encodeRecordsAnswer(ANSWER), REQUEST)).toEqual(ANSWER);
  });

  it.each([
    ['more records than were asked for', { ...REQUEST, recordsMax: 1 }],
    ['records, although none were asked for', { ...REQUEST, recordsMax: 0 }],
    ['records that are not behind the asked place', { ...REQUEST, previous: { sequence: 7, n: 3 } }],
  ])('refuses an answer with %s as BAD_FRAME', (_, request) => {
    expect(() => decodeRecordsAnswer(encodeRecordsAnswer(ANSWER), request)).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME' }),
    );
  });

  it('stands every truncation, every flipped bit and any bytes, and so does its answer', () => {
    standsFuzzing(decodeRecordsRequest, encodeRecordsRequest(REQUEST), 3);
    standsFuzzing((bytes) => decodeRecordsAnswer(bytes, REQUEST), encodeRecordsAnswer(ANSWER), 4);
  });
});
