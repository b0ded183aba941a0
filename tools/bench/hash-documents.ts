import { exampleBodies } from '../proof/examples';
import { seeded, shuffled } from '../proof/random';

export interface DocumentSet {
  readonly name: string;
  readonly bodies: readonly Buffer[];
}

export interface Growing {
  readonly name: string;
  /** a document of about so many bytes */
  readonly of: (bytes: number) => Buffer;
}

const SEED = 20_261_120;
const MEGABYTE = 1_000_000;
const LEVELS = 1000;

/** Real webhooks of about 1, 7.6 and 24 kB, and a document of 1 MB made of them. */
export function webhookSets(): DocumentSet[] {
  const bodies = exampleBodies().map((text) => Buffer.from(text));
  const between = (from: number, to: number): Buffer[] =>
    bodies.filter(({ length }) => length >= from && length < to);
  return [
    { name: '1 kB', bodies: between(900, 1600) },
    { name: '7.6 kB', bodies: between(6500, 8700) },
    { name: '24 kB', bodies: between(22_000, 26_000) },
    { name: '1 MB', bodies: [megabyteOf(bodies)] },
  ];
}

function megabyteOf(bodies: readonly Buffer[]): Buffer {
  let bytes = 0;
  const taken = bodies.filter((body) => (bytes += body.length) <= MEGABYTE);
  return Buffer.from(`[${taken.map(String).join()}]`);
}

/** Documents that are nearly all numbers, as JSON.stringify and others spell them. */
export function numberSets(): DocumentSet[] {
  const random = seeded(SEED);
  const list = (name: string, number: () => string): DocumentSet => {
    const lists = Array.from({ length: 20 }, () => Array.from({ length: 500 }, number));
    return { name, bodies: lists.map((numbers) => Buffer.from(`[${numbers.join()}]`)) };
  };
  return [
    list('integers', () => String(Math.floor(random() * 1e9))),
    list(
      'places on earth',
      () => `[${(random() * 180 - 90).toFixed(6)},${(random() * 360 - 180).toFixed(7)}]`,
    ),
    list('16 or 17 digits', () => String(random())),
    list('prices with zeros', () => (random() * 1000).toFixed(2).replace(/.$/, '0')),
    list('exponents', () => (random() * 10 ** Math.floor(random() * 15)).toExponential(6)),
  ];
}

/** What a hostile sender may choose: whatever is not linear shows when the document is twice as long. */
export const HOSTILE: readonly Growing[] = [
  { name: '1000 nested unsorted objects', of: nestedObjects },
  { name: 'shuffled keys', of: shuffledKeys },
  { name: 'shuffled keys with a long prefix', of: longPrefixes },
  { name: 'objects of ever new keys', of: newKeys },
  { name: 'all escapes', of: (bytes) => Buffer.from(`["${'\\u0041\\n\\/'.repeat(bytes / 10)}"]`) },
  { name: 'escaped keys', of: escapedKeys },
  { name: 'deep nesting', of: deepArrays },
  { name: 'one exponent', of: (bytes) => Buffer.from(`[1e${'9'.repeat(bytes)}]`) },
  { name: 'numbers that grow', of: (bytes) => Buffer.from(`[${filled(bytes / 5, () => '1E20').join()}]`) },
  { name: 'white space', of: (bytes) => Buffer.from(`[${filled(bytes / 4, () => '1 ').join(', ')}]`) },
];

function nestedObjects(bytes: number): Buffer {
  const filler = 'x'.repeat(bytes / LEVELS - 14);
  return Buffer.from('{"b":'.repeat(LEVELS) + '0' + `,"a":"${filler}"}`.repeat(LEVELS));
}

function shuffledKeys(bytes: number): Buffer {
  const members = filled(bytes / 10, (i) => `"${i.toString(36).padStart(5, '0')}":0`);
  return Buffer.from(`{${shuffled(seeded(SEED), members).join()}}`);
}

function longPrefixes(bytes: number): Buffer {
  const prefix = 'p'.repeat(990);
  const members = filled(bytes / 1000, (i) => `"${prefix}${String(i).padStart(4, '0')}":0`);
  return Buffer.from(`{${shuffled(seeded(SEED), members).join()}}`);
}

function newKeys(bytes: number): Buffer {
  const name = (i: number): string => i.toString(36).padStart(5, '0');
  return Buffer.from(`[${filled(bytes / 24, (i) => `{"b${name(i)}":0,"a${name(i)}":1}`).join()}]`);
}

function escapedKeys(bytes: number): Buffer {
  const members = filled(bytes / 12, (i) => `"\\n${i.toString(36).padStart(5, '0')}":0`);
  return Buffer.from(`{${shuffled(seeded(SEED), members).join()}}`);
}

function deepArrays(bytes: number): Buffer {
  const deep = '['.repeat(LEVELS) + ']'.repeat(LEVELS);
  return Buffer.from(`[${filled(bytes / deep.length, () => deep).join()}]`);
}

function filled(count: number, text: (i: number) => string): string[] {
  return Array.from({ length: Math.floor(count) }, (_, i) => text(i));
}
