import { digestFrom, entryKeyFrom, identify } from '@hooklog/object-id';
import fc from 'fast-check';
import type { Entry } from '../entry';
import { encodeContent } from './content';
import { CHAIN_BYTES, NO_CHAIN } from './chain';
import {
  decodePendingFrame,
  decodeRecord,
  encodeFrame,
  encodePendingFrame,
  SEAL_BYTES,
  sealed,
} from './frame';

const AT = 1_763_600_000_123;
const ORIGIN = { node: 'slave', store: '00112233445566ff', arrival: 7 };
const body = Buffer.from('{"a":1}');
const { key, digest } = identify(body, AT);
const ENTRY: Entry = {
  key,
  receivedAt: AT,
  digest,
  origin: ORIGIN,
  kind: 'json',
  headers: [['x-a', 'b']],
  body,
};

const ENTRY_CONTENT = [
  '01 01 00000003',
  key.toString('hex'),
  '0000019a9ec0647b',
  digest.toString('hex'),
  '05 736c617665 00112233445566ff 0000000000000007',
  '01 00',
  '0001 0003 782d61 00000001 62',
  '00000007 7b2261223a317d',
];
const NO_MARGINS = { before: 0, behind: 0 };
const bytesOf = (...hex: string[]): string => hex.join('').replaceAll(' ', '');

describe('a frame', () => {
  it('has known bytes: an entry', () => {
    expect(encodeContent({ type: 'entry', epoch: 3, entry: ENTRY }, NO_MARGINS).toString('hex')).toBe(
      bytesOf(...ENTRY_CONTENT),
    );
    const frame = encodeFrame({ type: 'entry', epoch: 3, entry: ENTRY }, { sequence: 9, n: 0 }, NO_CHAIN);
    const seal = '0210718421df2cacfcd155f548626ea5 5236fdd3';
    expect(frame.toString('hex')).toBe(bytesOf(...ENTRY_CONTENT, seal));
  });

  it('has known bytes: an entry with source and event id', () => {
    const event = identify(body, AT, { source: 'gh', eventId: 'é1' });
    const entry = { ...ENTRY, key: event.key, source: 'gh', eventId: 'é1', kind: 'bytes' as const };
    const hex = encodeContent({ type: 'entry', epoch: 1, entry }, NO_MARGINS).toString('hex');
    expect(hex).toContain(bytesOf('0000000000000007', '02 03 0002 6768 0003 c3a931', '0001 0003'));
  });

  it('has known bytes: a receipt', () => {
    const receipt = { origin: ORIGIN, key, digest, sequence: 4, sameKey: true };
    const frame = encodeFrame({ type: 'receipt', epoch: 3, receipt }, { sequence: 9, n: 1 }, NO_CHAIN);
    const origin = '05 736c617665 00112233445566ff 0000000000000007';
    const content = [
      '01 02 00000003',
      origin,
      key.toString('hex'),
      digest.toString('hex'),
      '0000000000000004 01',
    ];
    expect(frame.toString('hex')).toBe(bytesOf(...content, 'ffa04b4acd8228f7e7d61e3321a82d20 f5c6bd19'));
  });

  it('has known bytes: an epoch', () => {
    const writer = { node: 'm', store: 'ffffffffffffff00' };
    const frame = encodeFrame({ type: 'epoch', epoch: 2, writer }, { sequence: 0, n: 1 }, NO_CHAIN);
    expect(frame.toString('hex')).toBe(
      bytesOf('01 03 00000002 01 6d ffffffffffffff00', '00eb681c9e72c41a276928d152162452 81edb62e'),
    );
  });

  it('has known bytes: members', () => {
    const members = [
      { node: 'm', store: 'ffffffffffffff00', url: 'http://m', voting: true },
      { node: 'é', store: '0000000000000001', url: '', voting: false },
    ];
    const position = { sequence: 9, n: 2 };
    const frame = encodeFrame({ type: 'members', epoch: 3, members }, position, NO_CHAIN);
    const content = [
      '01 04 00000003 0002',
      '01 6d ffffffffffffff00 01 0008 687474703a2f2f6d',
      '02 c3a9 0000000000000001 00 0000',
    ];
    expect(frame.toString('hex')).toBe(bytesOf(...content, '16fa7a787bf392948030b8455b13f391 0cb9c00d'));
    expect(decodeRecord({ position, frame })).toEqual({ type: 'members', epoch: 3, members, position });
  });

  it('has known bytes: a pending entry', () => {
    const frame = encodePendingFrame(ENTRY, 7);
    const content = ['01 01 00000000', ...ENTRY_CONTENT.slice(1)];
    expect(frame.toString('hex')).toBe(bytesOf(...content, '00'.repeat(16), '09a3502b'));
    expect(decodePendingFrame(frame, 7)).toEqual(ENTRY);
  });

  it('names the writer of its own entry, whoever wrote the one before', () => {
    const [otherNode, otherStore] = [{ node: 'slavé' }, { store: 'ff'.repeat(8) }];
    for (const writer of [{}, otherStore, {}, otherNode, { ...otherNode, ...otherStore }, otherStore]) {
      const entry = { ...ENTRY, origin: { ...ORIGIN, ...writer } };
      expect(decodePendingFrame(encodePendingFrame(entry, 7), 7).origin).toEqual(entry.origin);
    }
  });

  it('is refused at another place, as another kind, and in another version', () => {
    const position = { sequence: 9, n: 0 };
    const frame = encodeFrame({ type: 'entry', epoch: 3, entry: ENTRY }, position, NO_CHAIN);
    const damaged = expect.objectContaining({ code: 'DAMAGED_FRAME' }) as Error;
    expect(() => decodeRecord({ position: { sequence: 10, n: 0 }, frame })).toThrow(damaged);
    expect(() => decodeRecord({ position: { sequence: 9, n: 1 }, frame })).toThrow(damaged);
    expect(() => decodePendingFrame(frame, 9)).toThrow(damaged);
    expect(() => decodePendingFrame(encodePendingFrame(ENTRY, 7), 8)).toThrow(damaged);
    const control = encodeFrame({ type: 'entry', epoch: 3, entry: ENTRY }, { sequence: 9, n: 1 }, NO_CHAIN);
    expect(() => decodeRecord({ position: { sequence: 9, n: 1 }, frame: control })).toThrow(damaged);
  });

  it('is refused when its entry contradicts itself', () => {
    const wrong: Partial<Entry>[] = [
      { receivedAt: AT + 1000 },
      { key: entryKeyFrom(Buffer.concat([key.subarray(0, 35), Buffer.of(1)])) },
      { digest: digestFrom(Buffer.alloc(32, 1)) },
    ];
    for (const part of wrong) {
      const frame = encodePendingFrame({ ...ENTRY, ...part }, 1);
      expect(() => decodePendingFrame(frame, 1)).toThrow('a frame holds an entry');
    }
  });

  it('never decodes to anything when a byte was changed, added or cut', () => {
    const position = { sequence: 9, n: 0 };
    const frame = encodeFrame({ type: 'entry', epoch: 3, entry: ENTRY }, position, NO_CHAIN);
    for (let i = 0; i < frame.length; i++) {
      const changed = Buffer.from(frame);
      changed[i]! ^= 1 << (i % 8);
      for (const bad of [changed, frame.subarray(0, i)]) {
        expect(() => decodeRecord({ position, frame: bad })).toThrow('checksum');
      }
    }
  });

  it('never throws anything but a coded error on bytes whose checksum is right', () => {
    const content = encodeContent({ type: 'entry', epoch: 3, entry: ENTRY }, NO_MARGINS);
    const edits = fc.array(fc.tuple(fc.nat(content.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(30), (changes, cut) => {
        const bytes = Buffer.from(content.subarray(0, content.length - cut));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(
          codeOf(() => decodeRecord({ position: { sequence: 1, n: 0 }, frame: sealedForeign(bytes) })),
        ).toMatch(/^(none|DAMAGED_FRAME|FORMAT_UNKNOWN)$/);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('gives back any entry', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const anyEntry = fc.record({
      body: fc.uint8Array(),
      headers: fc.array(fc.tuple(text, text)),
      source: text,
      eventId: text,
    });
    fc.assert(
      fc.property(anyEntry, (some) => {
        const bytes = Buffer.from(some.body);
        const source = some.source.replaceAll('\0', '');
        const sender = { source, eventId: some.eventId };
        const identity = identify(bytes, AT, { kind: 'bytes', ...sender });
        const entry: Entry = {
          ...ENTRY,
          ...some,
          ...sender,
          key: identity.key,
          digest: identity.digest,
          kind: 'bytes',
          body: bytes,
        };
        expect(decodePendingFrame(encodePendingFrame(entry, 7), 7)).toEqual(entry);
      }),
      { seed: 2, numRuns: 100 },
    );
  });
});

/** Foreign content with a seal that fits it. */
function sealedForeign(content: Buffer): Buffer {
  const covered = Buffer.concat([Buffer.alloc(CHAIN_BYTES), content, Buffer.alloc(SEAL_BYTES)]);
  return sealed(covered, { sequence: 1, n: 0 });
}

function codeOf(decode: () => unknown): string {
  try {
    decode();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
