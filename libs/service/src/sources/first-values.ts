/** The first value that came with a key, of the keys that came last. */
export class FirstValues {
  readonly #values = new Map<string, string>();
  /** A ring in the order in which they came: to look for the oldest one in the map would walk over all that went before. */
  readonly #keys: string[] = [];
  #oldest = 0;

  constructor(private readonly keysMax: number) {}

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  /** The first value of the key; if none is known, it is this one from now on. */
  first(key: string, value: string): string {
    const first = this.#values.get(key);
    if (first !== undefined) return first;
    this.set(key, value);
    return value;
  }

  set(key: string, value: string): void {
    if (!this.#values.has(key)) this.#makeRoom(key);
    this.#values.set(key, value);
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
