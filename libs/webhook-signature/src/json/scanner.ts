/** The text is not one RFC 8259 document, or is too deep to be looked at. */
export class InvalidJson extends Error {
  override readonly name = 'InvalidJson';
}

export type ValueKind = 'object' | 'array' | 'string' | 'number' | 'word';

const LEVELS_MAX = 1024;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** Walks a document value by value; whoever walks decides what to read and what to skip. */
export class Scanner {
  #at = 0;
  #level = 0;

  constructor(private readonly text: string) {}

  /** What the next value is, by its first character. */
  kind(): ValueKind {
    this.#space();
    switch (this.text[this.#at] ?? '') {
      case '{':
        return 'object';
      case '[':
        return 'array';
      case '"':
        return 'string';
      case 't':
      case 'f':
      case 'n':
        return 'word';
      default:
        return 'number';
    }
  }

  /** @param member must read or skip the value; it pays for the key only where it asks for it */
  object(member: (key: () => string) => void): void {
    this.#list('{', '}', () => {
      this.#space();
      const from = this.#at;
      this.#string();
      const to = this.#at;
      this.#expect(':');
      member(() => this.#decoded(from, to));
    });
  }

  /** @param item must read or skip the value */
  array(item: (index: number) => void): void {
    let index = 0;
    this.#list('[', ']', () => item(index++));
  }

  /** A string without its escapes. */
  string(): string {
    this.#space();
    const from = this.#at;
    this.#string();
    return this.#decoded(from, this.#at);
  }

  /** A number as it is written. */
  number(): string {
    this.#space();
    const from = this.#at;
    this.#match(NUMBER);
    return this.text.slice(from, this.#at);
  }

  skip(): void {
    switch (this.kind()) {
      case 'object':
        return this.object(() => this.skip());
      case 'array':
        return this.array(() => this.skip());
      case 'string':
        return this.#string();
      case 'number':
        return this.#match(NUMBER);
      case 'word':
        return this.#match(WORD);
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.text.length) throw new InvalidJson();
  }

  #list(opening: string, closing: string, entry: () => void): void {
    if (++this.#level > LEVELS_MAX) throw new InvalidJson();
    this.#expect(opening);
    if (!this.#is(closing)) {
      do entry();
      while (this.#is(','));
      this.#expect(closing);
    }
    this.#level--;
  }

  /** Steps over the character if it is next. */
  #is(character: string): boolean {
    this.#space();
    const found = this.text[this.#at] === character;
    if (found) this.#at++;
    return found;
  }

  #expect(character: string): void {
    if (!this.#is(character)) throw new InvalidJson();
  }

  /** By characters: a regular expression would run out of stack in a long string. */
  #string(): void {
    if (this.text.charCodeAt(this.#at++) !== QUOTE) throw new InvalidJson();
    for (;;) {
      const character = this.text.charCodeAt(this.#at++);
      if (character === QUOTE) return;
      if (character === BACKSLASH) this.#match(ESCAPE);
      else if (!(character >= SPACE)) throw new InvalidJson(); // also the NaN of a text that ended
    }
  }

  #decoded(from: number, to: number): string {
    const quoted = this.text.slice(from, to);
    return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  }

  #match(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.text)) throw new InvalidJson();
    this.#at = pattern.lastIndex;
  }

  #space(): void {
    while (' \t\n\r'.includes(this.text[this.#at] ?? '.')) this.#at++;
  }
}
