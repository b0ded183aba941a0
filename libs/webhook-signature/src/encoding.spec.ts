import { decodeExact } from './encoding';

describe('decodeExact', () => {
  it.each([
    ['hex', '00ff', '00ff'],
    ['hex', '00FF', '00ff'],
    ['base64', 'AP8=', '00ff'],
    ['base64', '+/+/', 'fbffbf'],
    ['base64url', '-_-_', 'fbffbf'],
    ['base64url', 'AP8', '00ff'],
    ['base64url', 'AP8=', '00ff'],
  ] as const)('reads %s %s', (encoding, text, bytes) => {
    expect(decodeExact(text, encoding)?.toString('hex')).toBe(bytes);
  });

  it.each([
    ['hex', '', 'nothing'],
    ['hex', '0', 'half a byte'],
    ['hex', '00f', 'half a byte more'],
    ['hex', '0xff', 'what is no digit'],
    ['hex', 'aAbb', 'both cases'],
    ['hex', '00ff ', 'a space'],
    ['base64', 'AP9=', 'bits that are not used'],
    ['base64', 'AP8', 'no padding'],
    ['base64', 'AP8==', 'more padding'],
    ['base64', 'AP8=AP8=', 'two texts'],
    ['base64', '-_-_', 'the other alphabet'],
    ['base64', 'AP 8=', 'a space'],
    ['base64url', '+/+/', 'the other alphabet'],
    ['base64url', 'AP9', 'bits that are not used'],
    ['base64url', 'AP8==', 'more padding'],
  ] as const)('refuses %s %j: %s', (encoding, text, _why) => {
    expect(decodeExact(text, encoding)).toBeUndefined();
  });
});
