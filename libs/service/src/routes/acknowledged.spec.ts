import { digestFrom, entryKeyFrom } from '@hooklog/object-id';
import fc from 'fast-check';
import { acknowledgedJson, acknowledgedText } from './acknowledged';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyAcknowledged = fc.record({
  key: bytes(36).map(entryKeyFrom),
  digest: bytes(32).map(digestFrom),
  sequence: fc.option(fc.maxSafeNat()),
  duplicate: fc.boolean(),
  replication: fc.record({ acknowledged: fc.nat(), required: fc.nat() }),
});

describe('acknowledgedText', () => {
  it('is what JSON.stringify would print, byte for byte', () => {
    fc.assert(
      fc.property(anyAcknowledged, (acknowledged) => {
        expect(acknowledgedText(acknowledged)).toBe(JSON.stringify(acknowledgedJson(acknowledged)));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
