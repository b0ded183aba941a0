import fc from 'fast-check';
import { decodeEntriesRequest, encodeEntriesRequest, type EntriesRequest } from './entries-codec';
import { anyEpoch, anyStore, standsFuzzing } from './testing/fuzz';

const LIMITS = { missingMax: 3 };
const REQUEST: EntriesRequest = {
  store: 'a1b2c3d4e5f60718',
  pendingBefore: 1_763_600_000,
  missing: [
    { id: Buffer.alloc(32, 0xee), from: 7, to: 9 },
    { id: Buffer.alloc(32, 0x11), from: 5, to: 5 },
  ],
};
const HEAD_BYTES = 22;

const anyRequest: fc.Arbitrary<EntriesRequest> = fc.record({
  store: anyStore,
  pendingBefore: fc.maxSafeNat(),
  missing: fc.array(
    fc
      .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), anyEpoch, anyEpoch)
      .map(([id, one, two]) => ({ id: Buffer.from(id), from: Math.min(one, two), to: Math.max(one, two) })),
    { maxLength: LIMITS.missingMax },
  ),
});

describe('the request for entries', () => {
  it('has these bytes', () => {
    expect(encodeEntriesRequest(REQUEST).toString('hex')).toBe(
      [
        '02', // version
        '09',
        'a1b2c3d4e5f60718',
        '00000000691e6680', // pending before
        '00000002', // count
        '00000007' + '00000009' + 'ee'.repeat(32),
        '00000005' + '00000005' + '11'.repeat(32),
      ].join(''),
    );
  });

  it('is read as it was written', () => {
    const requests = fc.property(anyRequest, (request) =>
      expect(decodeEntriesRequest(encodeEntriesRequest(request), LIMITS)).toEqual(request),
    );
    fc.assert(requests, { seed: 1 });
  });

  it('asks up to the last second there is, where a range has no end', () => {
    const id = Buffer.alloc(32, 1);
    const missing = [
      { id, from: 4, to: Infinity },
      { id, from: 2 ** 40, to: 2 ** 41 },
    ];
    const { missing: read } = decodeEntriesRequest(encodeEntriesRequest({ ...REQUEST, missing }), LIMITS);
    expect(read).toEqual([
      { id, from: 4, to: 0xffff_ffff },
      { id, from: 0xffff_ffff, to: 0xffff_ffff },
    ]);
  });

  it.each([
    ['more ids than are allowed', encodeEntriesRequest(REQUEST), { missingMax: 1 }],
    ['a count beyond the bytes', withCount(3), LIMITS],
    ['a count beyond every memory', withCount(0xffff_ffff), { missingMax: Infinity }],
    ['a count below the bytes', withCount(1), LIMITS],
    [
      'seconds that end before they begin',
      encodeEntriesRequest({ ...REQUEST, missing: [{ id: Buffer.alloc(32), from: 2, to: 1 }] }),
      LIMITS,
    ],
    ['another version', Buffer.concat([Buffer.of(1), encodeEntriesRequest(REQUEST).subarray(1)]), LIMITS],
  ])('refuses %s as BAD_FRAME', (_, bytes, limits) => {
    expect(() => decodeEntriesRequest(bytes, limits)).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });

  it('stands every truncation, every flipped bit and any bytes', () => {
    standsFuzzing((bytes) => decodeEntriesRequest(bytes, LIMITS), encodeEntriesRequest(REQUEST), 2);
  });
});

function withCount(count: number): Buffer {
  const bytes = encodeEntriesRequest(REQUEST);
  bytes.writeUInt32BE(count, HEAD_BYTES - 4);
  return bytes;
}
