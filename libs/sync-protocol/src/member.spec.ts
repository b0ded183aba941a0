import { parseMember, parsePeerUrl } from './member';

describe('a member', () => {
  it('has a URL to which paths are appended', () => {
    const member = { node: 'slave-1', store: '00000000000000aa', url: 'http://Slave:8081/peer//' };
    expect(parseMember(member)).toEqual({ ...member, url: 'http://slave:8081/peer' });
    expect(parsePeerUrl('https://slave')).toBe('https://slave');
  });

  it.each([
    undefined,
    null,
    7,
    'x',
    {},
    { node: 'a' },
    { node: 'é', store: '00000000000000aa', url: 'http://a' },
  ])('is not %p', (value) => {
    expect(() => parseMember(value)).toThrow(expect.objectContaining({ code: 'BAD_REGISTRATION' }));
  });

  it('is refused with the field that is wrong', () => {
    const member = { node: 'slave-1', store: 'x', url: 'http://a' };
    expect(() => parseMember(member)).toThrow(/^the registration: store must match pattern/);
    expect(() => parseMember({ node: 'slave-1' })).toThrow(/must have required property 'store'/);
  });

  it.each([
    'ftp://a',
    'http://a?',
    'http://a#',
    'http://u@a',
    'http://:p@a',
    'a',
    'javascript:1',
    `http://a/${'x'.repeat(2000)}`,
    7,
  ])('has no URL like %p', (url) => {
    expect(() => parsePeerUrl(url)).toThrow(expect.objectContaining({ code: 'BAD_REGISTRATION' }));
  });
});
