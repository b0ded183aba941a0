import { ENCODING, MemoryDatabase, type Operation, type WriteOptions } from './memory';

/** A disk whose writes take as long as the test wants. */
export class HeldLevel extends MemoryDatabase {
  #held: Promise<void> | undefined;
  #when: 'before' | 'after' = 'before';
  #release: () => void = () => undefined;
  #refuse: (error: Error) => void = () => undefined;

  constructor() {
    super(ENCODING);
  }

  /** `after`: what is written is there, and only the answer waits. */
  hold(when: 'before' | 'after' = 'before'): void {
    this.#when = when;
    this.#held = new Promise((resolve, reject) => {
      this.#release = resolve;
      this.#refuse = reject;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#release();
  }

  /** What waits is not written, and fails. */
  fail(): void {
    this.#held = undefined;
    this.#refuse(new Error('no space left on device'));
  }

  override async _batch(operations: readonly Operation[], options: WriteOptions): Promise<void> {
    if (this.#when === 'before') await this.#held;
    await super._batch(operations, options);
    if (this.#when === 'after') await this.#held;
  }
}
