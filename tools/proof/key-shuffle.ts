import { type Random, shuffled } from './random';

/**
 * The same JSON value with the members of every object in another order. Works on the text: strings
 * and numbers are copied as they are spelled. Expects valid JSON without duplicate keys.
 */
export function shuffleKeys(json: string, random: Random): string {
  return new KeyShuffle(json, random).value();
}

const STRING = /"(?:[^"\\]|\\.)*"/sy;
const SCALAR = /[^\s,\]}]+/y;
const SPACE = /\s*/y;

class KeyShuffle {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly random: Random,
  ) {}

  value(): string {
    this.take(SPACE);
    const first = this.text[this.at];
    const value = first === '{' ? this.object() : first === '[' ? this.array() : this.scalar(first);
    this.take(SPACE);
    return value;
  }

  private object(): string {
    const members = this.list('}', () => {
      this.take(SPACE);
      const key = this.take(STRING);
      this.take(SPACE);
      this.at += 1; // the colon
      return `${key}:${this.value()}`;
    });
    return `{${shuffled(this.random, members).join(',')}}`;
  }

  private array(): string {
    return `[${this.list(']', () => this.value()).join(',')}]`;
  }

  private list(close: string, element: () => string): string[] {
    const elements: string[] = [];
    this.at += 1;
    this.take(SPACE);
    while (this.text[this.at] !== close) {
      elements.push(element());
      if (this.text[this.at] === ',') this.at += 1;
    }
    this.at += 1;
    return elements;
  }

  private scalar(first: string | undefined): string {
    return this.take(first === '"' ? STRING : SCALAR);
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw new Error(`no JSON at character ${this.at}`);
    this.at += found.length;
    return found;
  }
}
