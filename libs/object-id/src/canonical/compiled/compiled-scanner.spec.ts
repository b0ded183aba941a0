import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { documents, numberLiterals, SEED, texts } from '../../testing/arbitraries';
import { mutated } from '../../testing/mutated';
import { type Random, seededRandom, shuffled } from '../../testing/random';
import { parseTree, type Tree } from '../../testing/reference';
import { respell, spellNumber } from '../../testing/respell';
import { lines, ownFile, readEdgeCases, readNumbers } from '../../testing/vectors';
import { ObjectIdError } from '../../errors';
import type { CanonicalForm } from '../canonical-form';
import { canonicalizeInTypeScript } from '../in-typescript';
import { CompiledScanner } from './compiled-scanner';

const SHARED = join(__dirname, '../../../../../../shared');
const describeShared = existsSync(SHARED) ? describe : describe.skip;
const WEBHOOKS = require.resolve('@octokit/webhooks-examples');
const MIB = 2 ** 20;

const scanner = CompiledScanner.create()!;

/** Undefined when it is refused. */
function inTypeScript(text: Buffer): CanonicalForm | undefined {
  try {
    return canonicalizeInTypeScript(text);
  } catch (error) {
    if (!(error instanceof ObjectIdError)) throw error;
    return undefined;
  }
}

/** The compiled scanner refuses what the other one refuses, and makes the same of all else, copying when it does. */
function agree(text: Buffer): boolean {
  const expected = inTypeScript(text);
  const form = scanner.canonicalize(text);
  const told = (each: CanonicalForm | undefined) =>
    each && {
      canonical: each.canonical.toString('latin1'),
      iJson: each.iJson,
      same: each.canonical === text,
    };
  expect(told(form)).toEqual(told(expected));
  return form !== undefined;
}

/** The text as it is, respelled, cut short and with single bits turned over. */
function agreeOnVariants(text: Buffer, random: Random): void {
  expect(agree(text)).toBe(true);
  const spelling = { order: random, space: random, escapes: random, numbers: random };
  const tree = parseTree(text);
  expect(agree(Buffer.from(respell(tree, spelling)))).toBe(true);
  expect(agree(Buffer.from(respell(tree, { space: random })))).toBe(true);
  for (let round = 0; round < 6; round++) {
    agree(text.subarray(0, random(text.length)));
    const turned = Buffer.from(text);
    turned[random(text.length)]! ^= 1 << random(8);
    agree(turned);
    agree(mutated(text, random));
  }
}

const object = (keys: readonly string[]) => Buffer.from(`{${keys.map((key, i) => `"${key}":${i}`).join()}}`);

describe('the compiled scanner says what the one in TypeScript says', () => {
  it('of the example webhooks of GitHub, also damaged', () => {
    const hooks = JSON.parse(readFileSync(WEBHOOKS, 'utf8')) as { examples: unknown[] }[];
    const bodies = hooks.flatMap(({ examples }) => examples.map((body) => Buffer.from(JSON.stringify(body))));
    expect(bodies.length).toBeGreaterThan(300);
    for (const [seed, body] of bodies.entries()) agreeOnVariants(body, seededRandom(seed));
  });

  it('of edge cases and numbers', () => {
    for (const { input } of readEdgeCases(ownFile('edge-cases.ndjson'))) agree(input);
    for (const [literal, canonical] of readNumbers(ownFile('numbers.tsv'))) {
      expect(agree(Buffer.from(`[${literal}]`))).toBe(true);
      expect(agree(Buffer.from(`{"a":[-${literal.replace('-', '')} ,${canonical}]}`))).toBe(true);
    }
  });

  it('of numbers of any length, sign and exponent', () => {
    const literals = fc.array(numberLiterals, { maxLength: 8 });
    const property = fc.property(literals, fc.integer(), (list, seed) => {
      const random = seededRandom(seed);
      const spelled = list.map((literal) => spellNumber(literal, random));
      expect(agree(Buffer.from(`[${[...list, ...spelled].join()}]`))).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 10_000 });
  });

  it('of numbers of 16 and 17 digits, which alone are rounded', () => {
    const random = seededRandom(SEED);
    const digit = () => String(random(10));
    for (let round = 0; round < 30_000; round++) {
      const digits = `${1 + random(9)}${Array.from({ length: 14 + random(3) }, digit).join('')}`;
      const places = 1 + random(22);
      const near = (Number(digits) / 10 ** places).toPrecision(16 + random(2));
      expect(agree(Buffer.from(`[${digits}e-${places},-${near}]`))).toBe(true);
    }
  });

  it('of any document in any spelling, also damaged', () => {
    const seen = new Set<boolean>();
    const property = fc.property(documents, fc.integer(), (tree, seed) => {
      const random = seededRandom(seed);
      const spelling = { order: random, space: random, escapes: random, numbers: random };
      let bytes: Buffer = Buffer.from(respell(tree, spelling));
      expect(agree(bytes)).toBe(true);
      for (let round = random(3); round >= 0; round--) bytes = mutated(bytes, random);
      seen.add(agree(bytes));
    });
    fc.assert(property, { seed: SEED, numRuns: 5000 });
    expect(seen).toEqual(new Set([true, false]));
  });

  it('of any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const property = fc.property(bytes, fc.boolean(), (noise, quoted) => {
      agree(quoted ? Buffer.concat([Buffer.from('["'), noise, Buffer.from('"]')]) : Buffer.from(noise));
    });
    fc.assert(property, { seed: SEED, numRuns: 10_000 });
  });

  it('of keys of which some have escapes in their canonical form', () => {
    const keys = fc.array(texts, { minLength: 2, maxLength: 12 });
    const property = fc.property(keys, (list) => {
      const members = list.map((key): [string, Tree] => [key, { kind: 'word', text: 'null' }]);
      expect(agree(Buffer.from(respell({ kind: 'object', members }, {})))).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 5000 });
  });

  it('of the order of any two characters behind an escape', () => {
    const characters = [
      '',
      '\0',
      '\n',
      ' ',
      '"',
      '\\',
      'a',
      '\x7f',
      'é',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
    ];
    const halves = ['\ud800', '\ud83d', '\udbff', '\udc00', '\ude00', '\udfff'];
    const pairs = ['\u{10000}', '\u{103ff}', '🐀', '😀', '🗿', '\u{1f7ff}', '\u{10ffff}'];
    const all = [...characters, ...halves, ...pairs];
    for (const one of all) {
      for (const other of all)
        agree(Buffer.from(`{${JSON.stringify(`\n${one}`)}:1,${JSON.stringify(`\n${other}`)}:2}`));
    }
  });

  it('of up to 1024 levels, and of one more', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"b":', '}'],
      ['{"b":', ',"a":0}'],
    ] as const) {
      for (const [levels, accepted] of [
        [1023, true],
        [1024, false],
      ] as const) {
        expect(agree(Buffer.from(`[${open.repeat(levels)}0${close.repeat(levels)}]`))).toBe(accepted);
      }
    }
  });

  it('of a text that ends anywhere in memory that was used before', () => {
    const long = Buffer.from(
      `["${'é'.repeat(500)}",{"b":1,"a":[true,false,null,1.5e3,"\\u00e9\\ud83d\\ude00"]}]`,
    );
    for (let length = long.length; length >= 0; length--) agree(long.subarray(0, length));
  });
});

describe('keys seen before', () => {
  it('are told from others that differ in one byte only, however long they are', () => {
    for (const length of [1, 7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 47, 48, 49, 62, 63, 64, 65, 200]) {
      const key = 'k'.repeat(length);
      const others = [0, length >> 1, length - 1].map((at) => `${key.slice(0, at)}l${key.slice(at + 1)}`);
      const all = [key, ...others, `${key}k`, key.slice(1)];
      for (let round = 0; round < 2; round++) {
        for (const one of all) for (const other of all) agree(object([one, other, 'a']));
      }
    }
  });

  it('may come in any order', () => {
    const random = seededRandom(SEED);
    const keys = [
      'id',
      'url',
      'node_id',
      'owner',
      'a key that is longer than sixteen bytes',
      'é',
      '😀',
      '\ufb33',
    ];
    for (let round = 0; round < 500; round++) {
      const list = shuffled(random, keys).slice(random(keys.length));
      agree(Buffer.from(`[${String(object(list))},{"x":${String(object(shuffled(random, list)))},"b":{}}]`));
    }
  });

  it('may be more than are remembered, in one object and over many', () => {
    const random = seededRandom(SEED);
    const numbered = Array.from({ length: 600 }, (_, i) => `key ${i}`);
    for (let round = 0; round < 3; round++) agree(object(shuffled(random, numbered)));
    for (let round = 0; round < 12_000; round += 1) {
      agree(object([`b${round % 7000}`, `a${round % 3}`]));
    }
    const many = Array.from({ length: 9000 }, (_, i) => String(object([`d${i}`, `c${i % 5}`, 'd0'])));
    for (let round = 0; round < 2; round++) agree(Buffer.from(`[${shuffled(random, many).join()}]`));
  });

  it('keep their own word on duplicates', () => {
    for (const keys of [
      ['b', 'a', 'a'],
      ['b', 'a', 'c'],
      ['a', 'a'],
      ['a', 'a', 'b'],
      ['b', 'a', 'a'],
    ]) {
      for (let round = 0; round < 2; round++) agree(object(keys));
    }
  });
});

describe('memory', () => {
  it('is given back after a huge document, and small ones go on', () => {
    const huge = Buffer.from(`{"b":"${'x'.repeat(25 * MIB)}","a":1}`);
    const form = scanner.canonicalize(huge)!;
    expect(scanner.memoryBytes).toBe(0);
    expect(form.canonical.subarray(0, 12).toString()).toBe('{"a":1,"b":"');
    expect(form.canonical).toHaveLength(huge.length);
    agree(Buffer.from('{"b":1,"a":2}'));
    expect(scanner.memoryBytes).toBeGreaterThan(0);
    expect(scanner.memoryBytes).toBeLessThan(4 * MIB);
  });

  it('stays bounded by the largest document that is not huge', () => {
    agree(Buffer.from(`[${'1 ,'.repeat(650_000)}2]`));
    expect(scanner.memoryBytes).toBeLessThan(64 * MIB);
  });
});

describeShared('vectors beside the workspace, where there are any', () => {
  const files = (...path: string[]) => {
    const folder = join(SHARED, ...path);
    return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  };

  it('of parsing and of RFC 8785', () => {
    for (const file of [...files('conformance', 'json-parsing'), ...files('conformance', 'jcs', 'input')]) {
      agree(file);
      agree(Buffer.concat([Buffer.from('{"v":'), file, Buffer.from('}')]));
    }
  });

  it('of numbers', () => {
    for (const line of lines(join(SHARED, 'conformance/es6-numbers-10k.txt'))) {
      const [bits = '', text] = line.split(',');
      const double = Buffer.from(bits.padStart(16, '0'), 'hex').readDoubleBE();
      const spelled = [text, double.toExponential(), double.toExponential(16), double.toPrecision(17)];
      expect(agree(Buffer.from(`[${spelled.join()}]`))).toBe(true);
    }
  });

  it('of real webhooks, also damaged', () => {
    for (const name of readdirSync(join(SHARED, 'payloads')).filter((file) => file.endsWith('.ndjson'))) {
      for (const [seed, line] of lines(join(SHARED, 'payloads', name)).entries()) {
        agreeOnVariants(Buffer.from(line), seededRandom(seed));
      }
    }
  });
});
