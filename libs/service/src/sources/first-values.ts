/** The first value that came with a key, of the keys that came last. */
export class FirstValues {
  readonly #values = new Map<string, string>();
  /** A ring in the order in which they came: to look for the oldest one in the map would walk over all that went before. */
  readonly #keys: string[] = [];
  #oldest = 0;

  constructor(private readonly keysMax: number) {}

  /** The first value of the key; undefined: there was none, and from now on it is this one. */
  note(key: string, value: string): string | undefined {
    const first = this.#values.get(key);
    if (first === undefined) {
      this.#makeRoom(key);
      this.#values.set(key, value);
    }
    return first;
  }

  /** Puts the first value of a key right, if it is still remembered. */
  correct(key: string, value: string): void {
    if (this.#values.has(key)) this.#values.set(key, value);
  }

  #makeRoom(key: string): void {
    if (this.#keys.length < this.keysMax) {
      this.#keys.push(key);
      return;
    }
    this.#values.delete(this.#keys[this.#oldest]!);
    this.#keys[this.#oldest] = key;
    this.#oldest = (this.#oldest + 1) % this.keysMax;
  }
}
