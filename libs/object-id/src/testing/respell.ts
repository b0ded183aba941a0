import { pick, type Random, shuffled } from './random';
import { exactNumber, LONE_SURROGATE, type Tree } from './reference';

/** What a spelling may vary; everything left out is spelled plainly. */
export interface Spelling {
  readonly order?: Random;
  readonly space?: Random;
  readonly escapes?: Random;
  readonly numbers?: Random;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Another text of the same document. */
export function respell(tree: Tree, spelling: Spelling): string {
  const gap = () => (spelling.space ? pick(spelling.space, ['', '', ' ', '\n', '\t\r\n  ']) : '');
  const write = (node: Tree): string => {
    switch (node.kind) {
      case 'object': {
        const members = spelling.order ? shuffledMembers(spelling.order, node.members) : node.members;
        const texts = members.map(
          ([key, value]) => `${gap()}${spellString(key, spelling.escapes)}${gap()}:${write(value)}`,
        );
        return `${gap()}{${texts.join(',') || gap()}}${gap()}`;
      }
      case 'array':
        return `${gap()}[${node.items.map(write).join(',') || gap()}]${gap()}`;
      case 'string':
        return gap() + spellString(node.text, spelling.escapes) + gap();
      case 'number':
        return (
          gap() + (spelling.numbers ? spellNumber(node.literal, spelling.numbers) : node.literal) + gap()
        );
      case 'word':
        return gap() + node.text + gap();
    }
  };
  return write(tree);
}

/** Members of one key keep their order: it says something. */
function shuffledMembers<M extends readonly [string, unknown]>(random: Random, members: readonly M[]): M[] {
  const waiting = new Map<string, M[]>();
  for (const member of members) waiting.set(member[0], [...(waiting.get(member[0]) ?? []), member]);
  return shuffled(random, members).map(([key]) => waiting.get(key)!.shift()!);
}

function spellString(text: string, random: Random | undefined): string {
  if (!random) return JSON.stringify(text);
  return `"${[...text].map((character) => spellCharacter(character, random)).join('')}"`;
}

function spellCharacter(character: string, random: Random): string {
  const short = SHORT[character];
  if (short !== undefined && random(2) === 0) return short;
  const mustEscape =
    character < ' ' || character === '"' || character === '\\' || LONE_SURROGATE.test(character);
  return mustEscape || random(3) === 0 ? unitEscapes(character, random) : character;
}

function unitEscapes(character: string, random: Random): string {
  return character
    .split('')
    .map((unit) => {
      const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
      return '\\u' + (random(2) === 0 ? digits : digits.toUpperCase());
    })
    .join('');
}

/** The same value with other zeros, another decimal point and another exponent. */
export function spellNumber(literal: string, random: Random): string {
  const { negative, digits, exponent } = exactNumber(literal);
  const zeros = random(4);
  const all = String(digits) + '0'.repeat(zeros);
  const point = random(all.length + 1);
  const power = exponent - BigInt(zeros) + BigInt(all.length - point);
  const whole = point === 0 ? '0' : digits === 0n ? '0' : all.slice(0, point);
  const fraction = all.slice(point);
  return (
    (negative ? '-' : '') +
    whole +
    (fraction && '.' + fraction) +
    spellExponent(digits === 0n ? BigInt(random(9)) : power, random)
  );
}

function spellExponent(power: bigint, random: Random): string {
  if (power === 0n && random(2) === 0) return '';
  const sign = power < 0n ? '-' : pick(random, ['', '+']);
  return pick(random, ['e', 'E']) + sign + '0'.repeat(random(3)) + String(power < 0n ? -power : power);
}
