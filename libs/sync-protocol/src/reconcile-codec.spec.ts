import fc from 'fast-check';
import { ItemVector } from './reconcile/item-vector';
import { answerReconcile, Reconciler } from './reconcile/reconciler';
import {
  ANY_STORE,
  decodeReconcileAnswer,
  decodeReconcileRequest,
  encodeReconcileAnswer,
  encodeReconcileRequest,
  type ReconcileAnswer,
  type ReconcileRequest,
} from './reconcile-codec';
import { SyncError } from './sync-error';
import { anyStore, refusesOnlyAsBadFrame } from './testing/fuzz';

const EMPTY = Buffer.alloc(0);
const REQUEST: ReconcileRequest = {
  store: 'a1b2c3d4e5f60718',
  window: { from: 1_763_600_000, to: 2 ** 40 },
  message: Buffer.from('6100000200', 'hex'),
};
const REQUEST_HEAD_BYTES = 26;
const ANSWER: ReconcileAnswer = {
  clock: 1_763_600_000_123,
  floor: 1_763_000_000,
  pending: 7,
  message: Buffer.from('61', 'hex'),
};
const ANSWER_HEAD_BYTES = 26;

const anyMessage = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
const anyRequest: fc.Arbitrary<ReconcileRequest> = fc.record({
  store: anyStore,
  window: fc
    .tuple(fc.maxSafeNat(), fc.maxSafeNat())
    .map(([one, two]) => ({ from: Math.min(one, two), to: Math.max(one, two) })),
  message: anyMessage,
});
const anyAnswer: fc.Arbitrary<ReconcileAnswer> = fc.record({
  clock: fc.maxSafeNat(),
  floor: fc.maxSafeNat(),
  pending: fc.maxSafeNat(),
  message: anyMessage,
});

describe('the request to reconcile', () => {
  it('has these bytes', () => {
    expect(encodeReconcileRequest(REQUEST).toString('hex')).toBe(
      [
        '02', // version
        '07',
        'a1b2c3d4e5f60718',
        '00000000691e6680', // from
        '0000010000000000', // to
        '6100000200', // message
      ].join(''),
    );
    const opening = { store: ANY_STORE, window: { from: 0, to: 0 }, message: EMPTY };
    expect(encodeReconcileRequest(opening).toString('hex')).toBe(`0207${'00'.repeat(24)}`);
  });

  it('is answered with these bytes', () => {
    const head = ['02', '08', '0000019a9ec0647b', '0000000069153ec0', '0000000000000007'];
    expect(encodeReconcileAnswer(ANSWER).toString('hex')).toBe([...head, '61'].join(''));
    expect(encodeReconcileAnswer({ ...ANSWER, message: EMPTY }).toString('hex')).toBe(head.join(''));
  });

  it('is read as it was written, and so is its answer', () => {
    const requests = fc.property(anyRequest, (request) =>
      expect(decodeReconcileRequest(encodeReconcileRequest(request))).toEqual(request),
    );
    fc.assert(requests, { seed: 1 });
    const answers = fc.property(anyAnswer, (answer) =>
      expect(decodeReconcileAnswer(encodeReconcileAnswer(answer))).toEqual(answer),
    );
    fc.assert(answers, { seed: 2 });
  });

  it.each([
    ['an answer', encodeReconcileAnswer(ANSWER)],
    ['another version', Buffer.concat([Buffer.of(1), encodeReconcileRequest(REQUEST).subarray(1)])],
    [
      'a window that ends before it begins',
      encodeReconcileRequest({ ...REQUEST, window: { from: 2, to: 1 } }),
    ],
    ['seconds beyond 2^53 − 1', Buffer.from(`0207${REQUEST.store}${'00'.repeat(8)}0020000000000000`, 'hex')],
  ])('refuses %s as BAD_FRAME', (_, bytes) => {
    expect(() => decodeReconcileRequest(bytes)).toThrow(expect.objectContaining({ code: 'BAD_FRAME' }));
  });

  it('stands every truncation, every flipped bit and any bytes, and so does its answer', () => {
    const request = encodeReconcileRequest(REQUEST);
    refusesCutsOf(decodeReconcileRequest, request, REQUEST_HEAD_BYTES);
    refusesOnlyAsBadFrame(decodeReconcileRequest, request, 3);
    const answer = encodeReconcileAnswer(ANSWER);
    refusesCutsOf(decodeReconcileAnswer, answer, ANSWER_HEAD_BYTES);
    refusesOnlyAsBadFrame(decodeReconcileAnswer, answer, 4);
  });

  it('carries the messages of a session, of which bytes too many are refused as BAD_FRAME', () => {
    const [here, there] = [new ItemVector(), new ItemVector([{ timestamp: 9, id: Buffer.alloc(32, 1) }])];
    const reconciler = new Reconciler(here);
    const asked = encodeReconcileRequest({ ...REQUEST, message: reconciler.initiate() });
    const message = answerReconcile(there, decodeReconcileRequest(asked).message);
    const answer = encodeReconcileAnswer({ ...ANSWER, message });
    const longer = Buffer.concat([answer, Buffer.of(1)]);
    expect(() => reconciler.reconcile(decodeReconcileAnswer(longer).message)).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME' }),
    );
    expect(reconciler.reconcile(decodeReconcileAnswer(answer).message).need).toHaveLength(1);
  });
});

/** What follows the head is the reconciler's to check. */
function refusesCutsOf(decode: (bytes: Buffer) => unknown, bytes: Buffer, headBytes: number): void {
  for (let end = 0; end < headBytes; end += 1)
    expect(() => decode(bytes.subarray(0, end))).toThrow(SyncError);
  expect(() => decode(bytes.subarray(0, headBytes))).not.toThrow();
}
