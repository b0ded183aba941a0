import { pick, type Random } from './random';

/** What matters to a scanner. */
export const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '\\ud83d',
  '\\ude00',
  '\\/',
  '0',
  '1',
  '9',
  '-',
  '+',
  '.',
  'e',
  'E',
  't',
  'true',
  'null',
  'nul',
  ' ',
  '\n',
  '\t',
  '\f',
  '\0',
  '\x1f',
  '\x7f',
  '\ufeff',
  'é',
  '😀',
  '"a":',
  '{"b":1,"a":2}',
  '1e5',
  '//',
].map((text) => Buffer.from(text));

/** No UTF-8, wherever they stand alone. */
export const STRAY_BYTES = [0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0xff].map((byte) =>
  Buffer.of(byte),
);

/** One cut, insertion, replacement or doubling somewhere. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1);
  const length = random(4);
  const piece = pick(random, random(10) === 0 ? STRAY_BYTES : PIECES);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random(5)) {
    case 0:
      return head;
    case 1:
      return Buffer.concat([head, tail.subarray(length)]);
    case 2:
      return Buffer.concat([head, piece, tail]);
    case 3:
      return Buffer.concat([head, piece, tail.subarray(1)]);
    default:
      return Buffer.concat([head, tail.subarray(0, length), tail]);
  }
}
