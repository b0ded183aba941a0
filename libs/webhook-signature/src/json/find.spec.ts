import fc from 'fast-check';
import { findInJson } from './find';
import { parsePointer } from './pointer';

const find = (text: string | Buffer, pointer: string) =>
  findInJson(Buffer.from(text as string), parsePointer(pointer));

/** RFC 6901, section 5 */
const DOCUMENT = `{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}`;

describe('findInJson', () => {
  it.each([
    ['', undefined],
    ['/foo', undefined],
    ['/foo/0', 'bar'],
    ['/foo/1', 'baz'],
    ['/', '0'],
    ['/a~1b', '1'],
    ['/c%d', '2'],
    ['/e^f', '3'],
    ['/g|h', '4'],
    ['/i\\j', '5'],
    ['/k"l', '6'],
    ['/ ', '7'],
    ['/m~0n', '8'],
  ])('finds %j as in RFC 6901', (pointer, value) => {
    const found = find(DOCUMENT, pointer);
    expect('text' in found ? found.text : 'literal' in found ? found.literal : undefined).toBe(value);
    expect(found.kind).toBe(
      value === undefined ? 'other' : Number.isNaN(Number(value)) ? 'string' : 'number',
    );
  });

  it.each([
    '/foo/2',
    '/foo/00',
    '/foo/-',
    '/foo/-1',
    '/foo/length',
    '/bar',
    '/foo/0/0',
    '/toString',
    '/__proto__',
  ])('misses %j', (pointer) => {
    expect(find(DOCUMENT, pointer)).toEqual({ kind: 'missing' });
  });

  it('keeps each digit of a number', () => {
    for (const literal of ['9007199254740993', '-0', '1e400', '0.10', '123456789012345678901234567890']) {
      expect(find(`{"a":{"id": ${literal} }}`, '/a/id')).toEqual({ kind: 'number', literal });
    }
  });

  it('reads escapes in keys and in strings', () => {
    expect(find('{"\\u0069d":"\\u00e9\\n\\ud83d\\ude00"}', '/id')).toEqual({ kind: 'string', text: 'é\n😀' });
    expect(find('{"a\\/b":"x"}', '/a~1b')).toEqual({ kind: 'string', text: 'x' });
  });

  it.each(['{"id":1,"id":2}', '{"id":1,"\\u0069d":1}', '{"id":1,"x":0,"id":{}}'])(
    'says that %s is ambiguous',
    (text) => {
      expect(find(text, '/id')).toEqual({ kind: 'ambiguous' });
    },
  );

  it('looks for duplicates on its way only', () => {
    expect(find('{"a":{},"a":{"id":1}}', '/a/id')).toEqual({ kind: 'ambiguous' });
    expect(find('{"a":{"id":1},"b":1,"b":2}', '/a/id')).toEqual({ kind: 'number', literal: '1' });
  });

  it('reads the whole body before it says what it found', () => {
    for (const rest of ['', ',', '}}', '} {}', ',"b"}', ',"b":01}', ',"b":"\t"}', ',"b":tru}']) {
      expect(find(`{"id":1${rest}`, '/id')).toEqual({ kind: 'invalid' });
    }
    expect(find(Buffer.from('{"id":1,"b":"\xff"}', 'latin1'), '/id')).toEqual({ kind: 'invalid' });
    expect(find('\ufeff{"id":1}', '/id')).toEqual({ kind: 'invalid' });
  });

  it('goes 1024 levels deep, and not further', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    const objects = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
    expect(find(`{"id":1,"b":${nested(1023)}}`, '/id')).toEqual({ kind: 'number', literal: '1' });
    expect(find(`{"id":1,"b":${nested(1024)}}`, '/id')).toEqual({ kind: 'invalid' });
    expect(find(`{"id":1,"b":${objects(1023)}}`, '/id')).toEqual({ kind: 'number', literal: '1' });
    expect(find('['.repeat(1_000_000), '/id')).toEqual({ kind: 'invalid' });
  });

  it('takes a string of megabytes', () => {
    const long = '\\n'.repeat(2_000_000);
    expect(find(`{"b":"${long}","id":"x"}`, '/id')).toEqual({ kind: 'string', text: 'x' });
  });

  it('takes as a document what JSON.parse takes', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '\\', ',', '}', ']', '0', '-', 'e', '\u0001', ' '))
      .map(([text, at, inserted]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + inserted + text.slice(place + (at % 2));
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged), (text) => {
        expect(find(text, '/id').kind === 'invalid').toBe(!isJson(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('finds what JSON.parse finds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.integer())),
        (members) => {
          for (const [key, value] of Object.entries(members)) {
            const found = findInJson(Buffer.from(JSON.stringify({ z: [members] })), ['z', '0', key]);
            expect(found).toEqual(
              typeof value === 'string'
                ? { kind: 'string', text: value }
                : { kind: 'number', literal: String(value) },
            );
          }
        },
      ),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
