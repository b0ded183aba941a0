import { ObjectIdError } from './errors';
import {
  digestFrom,
  entryKeyFrom,
  identityOf,
  objectIdOf,
  parseDigest,
  parseEntryKey,
  parseObjectId,
  printDigest,
  printEntryKey,
  printObjectId,
  secondsOf,
} from './ids';

const KEY = '691ef2a8f3bf0f7bd3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c7';
const ID = KEY.slice(0, 16);
const DIGEST = 'd3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772';

const codeOf = (action: () => unknown) => {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof ObjectIdError ? error.code : error;
  }
};

describe('text of ids', () => {
  it('prints what was parsed', () => {
    expect(printEntryKey(parseEntryKey(KEY))).toBe(KEY);
    expect(printObjectId(parseObjectId(ID))).toBe(ID);
    expect(printDigest(parseDigest(DIGEST))).toBe(DIGEST);
  });

  it.each([
    ['one digit short', KEY.slice(1)],
    ['one digit long', KEY + '0'],
    ['upper case', KEY.toUpperCase()],
    ['another letter', KEY.slice(1) + 'g'],
    ['white space', KEY.slice(1) + '\n'],
    ['nothing', ''],
  ])('refuses a key with %s', (_, hex) => {
    expect(codeOf(() => parseEntryKey(hex))).toBe('INVALID_ID');
  });

  it('refuses a name of another kind', () => {
    expect(codeOf(() => parseObjectId(KEY))).toBe('INVALID_ID');
    expect(codeOf(() => parseObjectId(ID + '\n'))).toBe('INVALID_ID');
    expect(codeOf(() => parseDigest(ID))).toBe('INVALID_ID');
  });
});

describe('parts of a key', () => {
  it('has the ObjectId as its prefix', () => {
    expect(printObjectId(objectIdOf(parseEntryKey(KEY)))).toBe(ID);
  });

  it('starts with unix seconds, big-endian', () => {
    expect(secondsOf(parseEntryKey(KEY))).toBe(0x691ef2a8);
    expect(secondsOf(parseObjectId('ffffffff00000000'))).toBe(4_294_967_295);
  });

  it('ends with 28 bytes of identity', () => {
    expect(identityOf(parseEntryKey(KEY)).toString('hex')).toBe(DIGEST.slice(0, 56));
  });
});

describe('bytes from outside', () => {
  it('are a key or a digest when their length says so', () => {
    expect(printEntryKey(entryKeyFrom(new Uint8Array(Buffer.from(KEY, 'hex'))))).toBe(KEY);
    expect(printDigest(digestFrom(Buffer.from(DIGEST, 'hex')))).toBe(DIGEST);
  });

  it('may lie inside a larger frame', () => {
    const frame = Buffer.from('ff' + KEY + 'ff', 'hex');
    expect(printEntryKey(entryKeyFrom(frame.subarray(1, 37)))).toBe(KEY);
  });

  it('are refused at any other length', () => {
    expect(codeOf(() => entryKeyFrom(new Uint8Array(35)))).toBe('INVALID_ID');
    expect(codeOf(() => entryKeyFrom(new Uint8Array(37)))).toBe('INVALID_ID');
    expect(codeOf(() => digestFrom(new Uint8Array(28)))).toBe('INVALID_ID');
  });
});
