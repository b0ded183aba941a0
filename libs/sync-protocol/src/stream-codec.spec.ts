import fc from 'fast-check';
import { encodeMessage, MessageDecoder, type StreamMessage } from './stream-codec';
import { anyCuts, cutAt, flip } from './testing/chunks';

const BYTES_MAX = 100;
const ENTRY: StreamMessage = { type: 'entry', arrival: 258, frame: Buffer.from('frame') };

const anyMessage: fc.Arbitrary<StreamMessage> = fc.oneof(
  fc.record({
    type: fc.constant('entry' as const),
    arrival: fc.maxSafeNat(),
    frame: fc.uint8Array({ maxLength: BYTES_MAX - 9 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ type: fc.constant('heartbeat' as const), now: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('end' as const) }),
);

describe('stream messages', () => {
  it.each([
    [ENTRY, '0000000e' + '01' + '0000000000000102' + '6672616d65'],
    [{ type: 'heartbeat', now: 1_700_000_000_123 }, '00000009' + '02' + '0000018bcfe5687b'],
    [{ type: 'end' }, '00000001' + '03'],
  ] satisfies [StreamMessage, string][])('%p has these bytes', (message, hex) => {
    expect(encodeMessage(message).toString('hex')).toBe(hex);
  });

  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyMessage), anyCuts, (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(encodeMessage));
        expect(decodeAll(cutAt(bytes, cuts))).toEqual(messages);
      }),
      { seed: 5 },
    );
  });

  it('are the same byte by byte, and keep their bytes when later ones come', () => {
    const messages: StreamMessage[] = [
      ENTRY,
      { type: 'end' },
      { ...ENTRY, frame: Buffer.alloc(60, 7) },
      ENTRY,
    ];
    const bytes = Buffer.concat(messages.map(encodeMessage));
    expect(decodeAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(messages);
  });

  it('may be as long as the limit and no longer', () => {
    const atLimit: StreamMessage = { ...ENTRY, frame: Buffer.alloc(BYTES_MAX - 9) };
    expect(decodeAll([encodeMessage(atLimit)])).toEqual([atLimit]);
    const over = encodeMessage({ ...ENTRY, frame: Buffer.alloc(BYTES_MAX - 8) });
    expect(() => decodeAll([encodeMessage(ENTRY), over])).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME', offset: 18 }),
    );
  });

  it('are refused by their length alone, before anything is kept for them', () => {
    const decoder = new MessageDecoder(BYTES_MAX);
    expect(() => [...decoder.push(Buffer.from('ffffffff', 'hex'))]).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME' }),
    );
    expect(() => [...new MessageDecoder(BYTES_MAX).push(Buffer.alloc(4))]).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME' }),
    );
  });

  it('before a bad one are given out first', () => {
    const seen: StreamMessage[] = [];
    const take = (): void => {
      for (const message of new MessageDecoder(BYTES_MAX).push(
        Buffer.concat([encodeMessage(ENTRY), Buffer.alloc(8)]),
      ))
        seen.push(message);
    };
    expect(take).toThrow(expect.objectContaining({ offset: 18 }));
    expect(seen).toEqual([ENTRY]);
  });

  it('are never complete when they are truncated', () => {
    const bytes = encodeMessage(ENTRY);
    for (let end = 1; end < bytes.length; end += 1) {
      expect(() => decodeAll([bytes.subarray(0, end)])).toThrow(
        expect.objectContaining({ code: 'BAD_FRAME' }),
      );
    }
  });

  it('with any flipped bit, or of any bytes, are read or refused as BAD_FRAME, nothing else', () => {
    const bytes = Buffer.concat([ENTRY, { type: 'heartbeat', now: 1 } as const, ENTRY].map(encodeMessage));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) onlyBadFrames([flip(bytes, bit)]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), anyCuts, (garbage, cuts) =>
        onlyBadFrames(cutAt(Buffer.from(garbage), cuts)),
      ),
      { seed: 6 },
    );
  });

  it('take linear time in thousands of small chunks', () => {
    const decoder = new MessageDecoder(8_000_000);
    const bytes = encodeMessage({ ...ENTRY, frame: Buffer.alloc(4_000_000) });
    let messages = 0;
    for (let at = 0; at < bytes.length; at += 100)
      messages += [...decoder.push(bytes.subarray(at, at + 100))].length;
    expect(messages).toBe(1);
  });
});

function decodeAll(chunks: readonly Buffer[]): StreamMessage[] {
  const decoder = new MessageDecoder(BYTES_MAX);
  const messages = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
  decoder.end();
  return messages;
}

function onlyBadFrames(chunks: readonly Buffer[]): void {
  try {
    decodeAll(chunks);
  } catch (error) {
    expect(error).toMatchObject({ name: 'SyncError', code: 'BAD_FRAME' });
  }
}
