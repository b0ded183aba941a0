import { AssertionError } from 'node:assert';
import { createHash } from 'node:crypto';
import { identify, type IdentifyOptions } from './identify';
import { eventNameOf, identityOf, printDigest, printEntryKey, printObjectId, secondsOf } from './ids';

const AT = 1_763_635_880_999;
const of = (text: string, options?: IdentifyOptions) => identify(Buffer.from(text), AT, options);
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('identify', () => {
  it('gives known answers', () => {
    const identity = of('{"b":1,"a":2}');
    expect(identity.crc32c).toBe(0xf3bf0f7b);
    expect(printObjectId(identity.objectId)).toBe('691ef2a8f3bf0f7b');
    expect(printDigest(identity.digest)).toBe(
      'd3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772',
    );
    expect(printEntryKey(identity.key)).toBe(
      '691ef2a8f3bf0f7bd3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c7',
    );
    expect(identity.iJson).toBe(true);
  });

  it('uses the Castagnoli polynomial', () => {
    expect(of('123456789', { kind: 'bytes' }).crc32c).toBe(0xe3069283);
    expect(of('{}').crc32c).toBe(0x297bd0aa);
  });

  it('is the same for every spelling of a document', () => {
    expect(of(' {"\\u0061": 2.0, "b": 1e0}\n')).toEqual(of('{"b":1,"a":2}'));
  });

  it('says when a document is not I-JSON, and keeps its parts apart', () => {
    expect(of('{"a":1,"a":2}').iJson).toBe(false);
    expect(printDigest(of('{"a":1,"a":2}').digest)).not.toBe(printDigest(of('{"a":2,"a":1}').digest));
  });
});

describe('time', () => {
  it('is cut to seconds', () => {
    expect(secondsOf(identify(Buffer.from('{}'), 1999).key)).toBe(1);
    expect(secondsOf(identify(Buffer.from('{}'), 4_294_967_295_999).objectId)).toBe(4_294_967_295);
    expect(secondsOf(identify(Buffer.from('{}'), 0).key)).toBe(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 4_294_967_296_000])('is never %p', (receivedAt) => {
    expect(() => identify(Buffer.from('{}'), receivedAt)).toThrow(AssertionError);
  });

  it('orders keys before anything else does', () => {
    const early = identify(Buffer.from('{"b":1}'), 1000).key;
    const late = identify(Buffer.from('{"a":1}'), 2000).key;
    expect(Buffer.compare(early, late)).toBe(-1);
  });
});

describe('bodies that are not JSON', () => {
  it.each(['bytes', 'message'] as const)('are their own canonical form as %s', (kind) => {
    const body = Buffer.from([0xff, 0x00, 0x7b]);
    const { digest, iJson } = identify(body, AT, { kind });
    expect([printDigest(digest), iJson]).toEqual([sha256(body), true]);
  });

  it('may be empty', () => {
    expect(printDigest(of('', { kind: 'message' }).digest)).toBe(sha256(''));
  });

  it('keep their white space', () => {
    expect(of('{} ', { kind: 'bytes' })).not.toEqual(of('{}', { kind: 'bytes' }));
  });
});

describe('event ids', () => {
  const identityWith = (options: IdentifyOptions) => identityOf(of('{}', options).key).toString('hex');

  it('are the identity in place of the digest', () => {
    const expected = sha256(Buffer.from('\u0001github\u0000évt-1')).slice(0, 56);
    expect(identityWith({ source: 'github', eventId: 'évt-1' })).toBe(expected);
    expect(expected).toBe('720be40a1e36d0d021ac3fd7cbadb741aecdcdeaf8c3857df29adb73');
  });

  it('leave the ObjectId and the digest as they are', () => {
    const plain = of('{"b":1,"a":2}');
    const named = of('{"b":1,"a":2}', { source: 'github', eventId: 'e' });
    expect([named.objectId, named.digest, named.crc32c]).toEqual([
      plain.objectId,
      plain.digest,
      plain.crc32c,
    ]);
  });

  it('mean the same without a source as with an empty one', () => {
    expect(identityWith({ eventId: 'e' })).toBe(identityWith({ source: '', eventId: 'e' }));
    expect(identityWith({ eventId: 'e' })).toBe(sha256('\u0001\u0000e').slice(0, 56));
  });

  it('belong to their source', () => {
    expect(identityWith({ source: 'a', eventId: 'be' })).not.toBe(
      identityWith({ source: 'ab', eventId: 'e' }),
    );
    expect(() => of('{}', { source: 'a\0b', eventId: 'e' })).toThrow(AssertionError);
  });

  it('count even when empty, and a source alone does not', () => {
    expect(identityWith({ eventId: '' })).toBe(sha256('\u0001\u0000').slice(0, 56));
    expect(of('{}', { source: 'github' })).toEqual(of('{}'));
  });
});

describe('event ids that are not signed', () => {
  const UNSIGNED = { source: 'github', eventId: 'évt-1', isUnsigned: true };
  const NAME = '720be40a1e36d0d021ac3fd7cbad';

  it('are the first half of the identity, and the digest is the second one', () => {
    const { key } = of('{"b":1,"a":2}', UNSIGNED);
    expect(printEntryKey(key)).toBe(`691ef2a8f3bf0f7b${NAME}d3626ac30a87e6f7a6428233b3c6`);
    expect(eventNameOf(key).toString('hex')).toBe(NAME);
  });

  it('name the event that they name where they are signed', () => {
    const signed = of('{}', { ...UNSIGNED, isUnsigned: false }).key;
    expect(eventNameOf(signed).toString('hex')).toBe(NAME);
    expect(signed).not.toEqual(of('{}', UNSIGNED).key);
  });

  it('make one event only with one body, whatever its spelling', () => {
    expect(of('{"b":1, "a":2.0}', UNSIGNED)).toEqual(of('{"b":1,"a":2}', UNSIGNED));
    expect(of('{"b":1,"a":3}', UNSIGNED).key).not.toEqual(of('{"b":1,"a":2}', UNSIGNED).key);
    const other = of('{"b":1,"a":2}', { ...UNSIGNED, eventId: 'évt-2' }).key;
    expect(printEntryKey(other)).toMatch(/d3626ac30a87e6f7a6428233b3c6$/);
    expect(eventNameOf(other).toString('hex')).not.toBe(NAME);
  });

  it('mean nothing where there is none', () => {
    expect(of('{}', { source: 'github', isUnsigned: true })).toEqual(of('{}'));
  });
});
