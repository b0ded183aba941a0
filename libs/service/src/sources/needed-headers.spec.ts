import { verifiableHeaders } from '../routes/kept-headers';
import { neededHeaders } from './needed-headers';

const secrets = ['secret'];

describe('the headers that a refused delivery keeps', () => {
  it('are all but those that may show a secret', () => {
    const needed = neededHeaders({ scheme: { kind: 'github' }, secrets })!;
    const headers = {
      'x-hub-signature-256': ['sha256=00'],
      'x-github-delivery': ['1'],
      authorization: ['Bearer of-somebody'],
      'x-api-key': ['of-somebody'],
      cookie: ['a=b'],
    };
    expect(verifiableHeaders(headers, needed)).toEqual({
      'x-hub-signature-256': ['sha256=00'],
      'x-github-delivery': ['1'],
    });
  });

  it('are also those that the source names, whatever they sound like', () => {
    const needed = neededHeaders({
      scheme: {
        kind: 'hmac',
        header: 'X-Secret-Signature',
        algorithm: 'sha256',
        encoding: 'hex',
        template: '{timestamp}.{header:X-Key-Id}.{header:X-Token-Id}.{body}',
        timestampHeader: 'X-Token-Time',
      },
      secrets,
      eventId: { header: 'Idempotency-Key' },
    })!;
    const named = ['x-secret-signature', 'x-key-id', 'x-token-id', 'x-token-time', 'idempotency-key'];
    const headers = Object.fromEntries([...named, 'x-token'].map((name) => [name, ['1']]));
    expect(Object.keys(verifiableHeaders(headers, needed)).sort()).toEqual(named.sort());
  });

  it.each(['gitlab', 'bearer', 'basic'] as const)('are none where %s shows the secret itself', (kind) => {
    expect(neededHeaders({ scheme: { kind }, secrets })).toBeUndefined();
  });
});
