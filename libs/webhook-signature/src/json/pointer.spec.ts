import { parsePointer } from './pointer';

describe('parsePointer', () => {
  it.each([
    ['', []],
    ['/', ['']],
    ['/foo', ['foo']],
    ['/foo/0', ['foo', '0']],
    ['/a~1b', ['a/b']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['/ /k"l', [' ', 'k"l']],
  ])('reads %j as in RFC 6901', (pointer, path) => {
    expect(parsePointer(pointer)).toEqual(path);
  });

  it.each(['foo', ' /a', '/~', '/~2', '/a~/b', `/${'a'.repeat(1024)}`])('refuses %j', (pointer) => {
    expect(() => parsePointer(pointer)).toThrow(expect.objectContaining({ code: 'MALFORMED_POINTER' }));
  });
});
