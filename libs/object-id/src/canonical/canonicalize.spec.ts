import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { canonicalText, outcome, ownFile, readEdgeCases, refusal } from '../testing/vectors';
import { identify } from '../identify';
import { canonicalize } from './canonicalize';
import { DEPTH_MAX } from './scanner';

const iJson = (text: string) => canonicalize(Buffer.from(text)).iJson;
const failure = (text: string | Buffer) => outcome(canonicalize, Buffer.from(text as string));

describe('known answers', () => {
  const cases = readEdgeCases(ownFile('edge-cases.ndjson'));

  it('are 58', () => {
    expect(cases).toHaveLength(58);
  });

  it.each(cases.map((edge) => [edge.name, edge] as const))('%s', (_, edge) => {
    if (edge.refused !== undefined) return expect(refusal(edge.input)).toBe(edge.refused);
    const { canonical } = canonicalize(edge.input);
    expect(canonical.toString('hex')).toBe(edge.canonicalHex);
    expect(crc32c(canonical).toString(16).padStart(8, '0')).toBe(edge.crc32c);
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(edge.sha256);
  });

  it('holds for the sample of RFC 8785, section 3.2.2', () => {
    const sample = `{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalText(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('holds for the keys of RFC 8785, section 3.2.3', () => {
    const sample =
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh",' +
      '"1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control",' +
      '"\\u00f6":"Latin Small Letter O With Diaeresis"}';
    const order = Object.values(JSON.parse(canonicalText(sample)) as Record<string, string>);
    expect(order.map((text) => text.split(' ')[0])).toEqual(
      ['One', 'Carriage', 'Control', 'Latin', 'Euro', 'Emoji:', 'Hebrew'].map(String),
    );
  });
});

describe('a canonical document', () => {
  it('comes back as the same bytes, not a copy', () => {
    const bytes = Buffer.from('{"a":[1,-2.5,"\\n\\u0001é",{"x":{},"y":[]}],"b":null}');
    expect(canonicalize(bytes).canonical).toBe(bytes);
  });

  it('shares the memory of the array that it came in', () => {
    const bytes = new Uint8Array(Buffer.from('{"a":1}'));
    expect(canonicalize(bytes).canonical.buffer).toBe(bytes.buffer);
  });

  it('may lie inside a larger array', () => {
    const frame = Buffer.from('x{"b":1,"a":2}x');
    const part = new Uint8Array(frame.buffer, frame.byteOffset + 1, frame.length - 2);
    expect(canonicalize(part).canonical.toString()).toBe('{"a":2,"b":1}');
  });

  it('is not touched by later calls', () => {
    const [first, second] = ['{"b":1,"a":"one"}', '{"b":2,"a":"two"}'].map((text) =>
      canonicalize(Buffer.from(text)),
    );
    identify(Buffer.from('{"b":3,"a":"six"}'), 0);
    expect([first, second].map((form) => form!.canonical.toString())).toEqual([
      '{"a":"one","b":1}',
      '{"a":"two","b":2}',
    ]);
  });

  it('leaves what it was made from alone', () => {
    const bytes = Buffer.from('{"b":1.0,"a":"\\u0041"}');
    const before = bytes.toString();
    canonicalize(bytes);
    expect(bytes.toString()).toBe(before);
  });
});

describe('objects', () => {
  it.each([
    [
      'sorts at every level',
      '{"b":{"d":1,"c":[{"f":1,"e":2}]},"a":0}',
      '{"a":0,"b":{"c":[{"e":2,"f":1}],"d":1}}',
    ],
    ['keeps the order of arrays', '[3,1,2,{"b":1,"a":2}]', '[3,1,2,{"a":2,"b":1}]'],
    ['sorts a prefix before what it starts', '{"ab":1,"a":2,"":3}', '{"":3,"a":2,"ab":1}'],
    ['takes number-like keys as text', '{"9":1,"10":2,"1":3}', '{"1":3,"10":2,"9":1}'],
    ['sorts by what an escape means', '{"b":1,"\\u0061":2}', '{"a":2,"b":1}'],
    ['keeps sorted keys sorted after reading escapes', '{"\\u0061":1,"b":2}', '{"a":1,"b":2}'],
    [
      'takes special names as any other',
      '{"toJSON":1,"constructor":2,"__proto__":3}',
      '{"__proto__":3,"constructor":2,"toJSON":1}',
    ],
    ['keeps duplicates as they came', '{"b":0,"a":3,"a":1,"a":2}', '{"a":3,"a":1,"a":2,"b":0}'],
    ['sees a duplicate through its escapes', '{"a":2,"\\u0061":1}', '{"a":2,"a":1}'],
    [
      'sorts by code unit above U+D7FF',
      '{"\uffff":1,"😀":2,"\ue000":3,"\ud7ff":4}',
      '{"\ud7ff":4,"😀":2,"\ue000":3,"\uffff":1}',
    ],
    [
      'sorts a lone surrogate as the unit that it is',
      '{"\\udbffx":1,"😀":2,"\\ud800":3}',
      '{"\\ud800":3,"😀":2,"\\udbffx":1}',
    ],
    ['drops white space', ' {\t"b" :\r\n[ ] , "a" : { } } ', '{"a":{},"b":[]}'],
  ])('%s', (_, text, expected) => {
    expect(canonicalText(text)).toBe(expected);
  });

  it.each([17, 100, 1000])('keeps the order of duplicates among %d members', (count) => {
    const members = Array.from({ length: count }, (_, i) => `"${i % 3}":${i}`);
    const sorted = [0, 1, 2].flatMap((key) => members.filter((_, i) => i % 3 === key));
    expect(canonicalText(`{${members.join(',')}}`)).toBe(`{${sorted.join(',')}}`);
  });
});

describe('strings', () => {
  it.each([
    ['decodes what needs no escape', '"\\/\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\\u007f"', '"/Aé€😀\u007f"'],
    ['decodes a solidus', '"\\/"', '"/"'],
    ['decodes the last pair and the first', '"\\udbff\\udfff\\ud800\\udc00"', '"\u{10ffff}\u{10000}"'],
    [
      'decodes at every length of UTF-8',
      '"\\u007e\\u0080\\u07ff\\u0800\\uffff"',
      '"~\u0080\u07ff\u0800\uffff"',
    ],
    ['keeps DEL and what lies above as it is', '"\u007f\u0080é€😀"', '"\u007f\u0080é€😀"'],
    [
      'writes the short escapes',
      '"\\u0008\\u0009\\u000a\\u000c\\u000d\\u0022\\u005c"',
      '"\\b\\t\\n\\f\\r\\"\\\\"',
    ],
    ['writes other controls in lower case', '"\\u0000\\u000B\\u001F"', '"\\u0000\\u000b\\u001f"'],
    [
      'keeps lone surrogates in lower case',
      '"\\uD800 \\uDC00\\uD800 \\uDFFF"',
      '"\\ud800 \\udc00\\ud800 \\udfff"',
    ],
    ['pairs the last of several high surrogates', '"\\ud83d\\ud83d\\ude00"', '"\\ud83d😀"'],
    ['does not take an escaped backslash for the start of an escape', '"\\\\u0041\\\\/"', '"\\\\u0041\\\\/"'],
    ['normalises no Unicode', '"e\u0301\u00e9"', '"e\u0301\u00e9"'],
  ])('%s', (_, text, expected) => {
    expect(canonicalText(`[${text}]`)).toBe(`[${expected}]`);
  });
});

describe('the I-JSON flag', () => {
  it.each([
    '{"a":1,"a":1}',
    '{"b":1,"a":2,"b":3}',
    '{"a":1,"\\u0061":1}',
    '["\\ud800"]',
    '{"\\udc00":1}',
    '[{"x":{"a":1,"a":1}}]',
  ])('is off for %s', (text) => expect(iJson(text)).toBe(false));

  it.each(['{"a":{"a":1},"b":{"a":1}}', '["\\ud83d\\ude00"]', '[{"a":1},{"a":1}]', '["\\\\ud800"]'])(
    'is on for %s',
    (text) => expect(iJson(text)).toBe(true),
  );
});

describe('depth', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const objects = (levels: number) => '{"a":'.repeat(levels) + '0' + '}'.repeat(levels);

  it('may be 1024', () => {
    expect(DEPTH_MAX).toBe(1024);
    expect(canonicalText(nested(1024))).toBe(nested(1024));
    expect(canonicalText(objects(1024))).toBe(objects(1024));
  });

  it('counts objects and arrays together', () => {
    const mixed = (pairs: number) => '[{"a":'.repeat(pairs) + '0' + '}]'.repeat(pairs);
    expect(refusal(mixed(512))).toBeUndefined();
    expect(refusal(mixed(513))).toBe('TOO_DEEP');
  });

  it('is refused above, at the first level too many', () => {
    expect(failure(nested(1025))).toEqual({ code: 'TOO_DEEP', offset: 1024 });
    expect(failure(objects(1025))).toEqual({ code: 'TOO_DEEP', offset: 5 * 1024 });
  });

  it('is of what is open, not of what was', () => {
    const wide = `[${Array.from({ length: 2000 }, () => '[{}]').join(',')}]`;
    expect(canonicalText(wide)).toBe(wide);
  });
});

describe('refusals', () => {
  it.each([
    ['no bytes', '', 'EMPTY_BODY', undefined],
    ['white space only', ' \n\t\r', 'EMPTY_BODY', undefined],
    ['a byte order mark', '\ufeff{}', 'INVALID_JSON', 0],
    ['a byte order mark alone', '\ufeff', 'INVALID_JSON', 0],
    ['a number as root', ' 12 ', 'NOT_A_DOCUMENT', 1],
    ['a word as root', 'true', 'NOT_A_DOCUMENT', 0],
    ['a scalar before more text', '"a" x', 'INVALID_JSON', 4],
    ['two documents', '{}{}', 'INVALID_JSON', 2],
    ['a second line', '{}\n{}', 'INVALID_JSON', 3],
    ['a trailing NUL', '{}\0', 'INVALID_JSON', 2],
    ['a comma before the end', '[1,]', 'INVALID_JSON', 3],
    ['a comma at the start', '[,1]', 'INVALID_JSON', 1],
    ['the wrong bracket', '[1}', 'INVALID_JSON', 2],
    ['an open array', '[1', 'INVALID_JSON', 2],
    ['an open string', '["a', 'INVALID_JSON', 3],
    ['a key without value', '{"a"}', 'INVALID_JSON', 4],
    ['a value without key', '{1}', 'INVALID_JSON', 1],
    ['a leading zero', '[01]', 'INVALID_JSON', 2],
    ['a minus alone', '[-]', 'INVALID_JSON', 2],
    ['an open fraction', '[1.]', 'INVALID_JSON', 3],
    ['an open exponent', '[1e+]', 'INVALID_JSON', 4],
    ['a bare fraction', '[.5]', 'INVALID_JSON', 1],
    ['a cut word', '[tru]', 'INVALID_JSON', 4],
    ['an unknown escape', '["\\x41"]', 'INVALID_JSON', 3],
    ['upper-case \\U', '["\\U0041"]', 'INVALID_JSON', 3],
    ['a cut unit escape', '["\\u12"]', 'INVALID_JSON', 6],
    ['a cut second half', '["\\ud83d\\u12"]', 'INVALID_JSON', 12],
    ['a raw tab in a string', '["\t"]', 'INVALID_JSON', 2],
    ['the last raw control in a string', '["aaaa\u001f"]', 'INVALID_JSON', 6],
    ['a raw control in a longer string', '["aaaa\u001faaaaaaaa"]', 'INVALID_JSON', 6],
    ['a no-break space between tokens', '[\u00a0]', 'INVALID_JSON', 1],
  ])('%s', (_, text, code, offset) => {
    expect(failure(text)).toEqual({ code, offset });
  });

  it.each([
    ['a byte that starts nothing', '5b22ff', 2],
    ['a cut sequence', '5b22c3', 2],
    ['an overlong form', '5b22e080af225d', 2],
    ['a surrogate (CESU-8)', '5b22eda080225d', 2],
    ['a code point above U+10FFFF', '5b22f4908080225d', 2],
    ['after good characters', '5b22c3a9f09f988080225d', 8],
    ['UTF-16 with its mark', 'fffe7b007d00', 0],
  ])('INVALID_UTF8 before anything else: %s', (_, hex, offset) => {
    expect(failure(Buffer.from(hex, 'hex'))).toEqual({ code: 'INVALID_UTF8', offset });
  });
});
