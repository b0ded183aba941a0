/** The text is not one RFC 8259 document, or is too deep to be looked at. */
export class InvalidJson extends Error {
  override readonly name = 'InvalidJson';
}

export type ValueKind = 'object' | 'array' | 'string' | 'number' | 'word';

const LEVELS_MAX = 1024;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const FALSE = 0x66;
const NULL = 0x6e;
const TRUE = 0x74;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
/** from `{` to `}`, and from `[` to `]` */
const TO_CLOSING = 2;

/** Walks a document value by value; whoever walks decides what to read and what to skip. */
export class Scanner {
  #at = 0;
  #level = 0;

  constructor(private readonly text: string) {}

  /** What the next value is, by its first character. */
  kind(): ValueKind {
    switch (this.#next()) {
      case OBJECT:
        return 'object';
      case ARRAY:
        return 'array';
      case QUOTE:
        return 'string';
      case TRUE:
      case FALSE:
      case NULL:
        return 'word';
      default:
        return 'number';
    }
  }

  /** @param member must read or skip the value; it pays for the key only where it asks for it */
  object(member: (key: () => string) => void): void {
    this.#list(OBJECT, () => {
      this.#next();
      const from = this.#at;
      this.#string();
      const to = this.#at;
      this.#expect(COLON);
      member(() => this.#decoded(from, to));
    });
  }

  /** @param item must read or skip the value */
  array(item: (index: number) => void): void {
    let index = 0;
    this.#list(ARRAY, () => item(index++));
  }

  /** A string without its escapes. */
  string(): string {
    this.#next();
    const from = this.#at;
    this.#string();
    return this.#decoded(from, this.#at);
  }

  /** A number as it is written. */
  number(): string {
    this.#next();
    const from = this.#at;
    this.#match(NUMBER);
    return this.text.slice(from, this.#at);
  }

  /** In one loop: of most bodies all but one value is skipped. */
  skip(): void {
    const closings: number[] = [];
    for (;;) {
      const first = this.#next();
      if (first !== OBJECT && first !== ARRAY) this.#scalar(first);
      else if (this.#enter(first + TO_CLOSING, closings)) continue;
      if (this.#leave(closings)) return;
    }
  }

  end(): void {
    this.#next();
    if (this.#at < this.text.length) throw new InvalidJson();
  }

  /** Into an object or array; false: it is empty, and behind it is where the scanner stands. */
  #enter(closing: number, closings: number[]): boolean {
    this.#at++;
    this.#deeper();
    if (this.#next() === closing) {
      this.#at++;
      this.#level--;
      return false;
    }
    closings.push(closing);
    if (closing === OBJECT_END) this.#key();
    return true;
  }

  /** From behind a value to the next one; true: there is none, all that was entered is over. */
  #leave(closings: number[]): boolean {
    for (;;) {
      const closing = closings.at(-1);
      if (closing === undefined) return true;
      const character = this.#next();
      this.#at++;
      if (character === COMMA) {
        if (closing === OBJECT_END) this.#key();
        return false;
      }
      if (character !== closing) throw new InvalidJson();
      closings.pop();
      this.#level--;
    }
  }

  #key(): void {
    this.#next();
    this.#string();
    this.#expect(COLON);
  }

  #scalar(first: number): void {
    if (first === QUOTE) this.#string();
    else if (first === TRUE || first === FALSE || first === NULL) this.#match(WORD);
    else this.#match(NUMBER);
  }

  #list(opening: number, entry: () => void): void {
    this.#deeper();
    this.#expect(opening);
    if (!this.#is(opening + TO_CLOSING)) {
      do entry();
      while (this.#is(COMMA));
      this.#expect(opening + TO_CLOSING);
    }
    this.#level--;
  }

  #deeper(): void {
    if (++this.#level > LEVELS_MAX) throw new InvalidJson();
  }

  /** Steps over the character if it is next. */
  #is(character: number): boolean {
    const found = this.#next() === character;
    if (found) this.#at++;
    return found;
  }

  #expect(character: number): void {
    if (!this.#is(character)) throw new InvalidJson();
  }

  /** By characters: a regular expression would run out of stack in a long string. */
  #string(): void {
    const { text } = this;
    let at = this.#at;
    if (text.charCodeAt(at++) !== QUOTE) throw new InvalidJson();
    for (;;) {
      const character = text.charCodeAt(at++);
      if (character === QUOTE) break;
      if (character === BACKSLASH) {
        this.#at = at;
        this.#match(ESCAPE);
        at = this.#at;
      } else if (!(character >= SPACE)) throw new InvalidJson(); // also the NaN of a text that ended
    }
    this.#at = at;
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

  /** Steps over white space, to the character behind it; NaN at the end of the text. */
  #next(): number {
    let character = this.text.charCodeAt(this.#at);
    while (character === SPACE || character === LINE_FEED || character === RETURN || character === TAB)
      character = this.text.charCodeAt(++this.#at);
    return character;
  }
}
