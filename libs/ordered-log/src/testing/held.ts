import { ENCODING, MemoryDatabase, type Operation, type WriteOptions } from './memory';

/** A disk whose writes take as long as the test wants. */
export class HeldLevel extends MemoryDatabase {
  #held: Promise<void> | undefined;
  #release: () => void = () => undefined;

  constructor() {
    super(ENCODING);
  }

  hold(): void {
    this.#held = new Promise((resolve) => (this.#release = resolve));
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  override async _batch(operations: readonly Operation[], options: WriteOptions): Promise<void> {
    await this.#held;
    return super._batch(operations, options);
  }
}
