import { MemoryLevel } from 'memory-level';

/** What memory-level has, and its types do not tell: where all batches pass. */
interface Batches {
  _batch(operations: unknown, options: unknown): Promise<void>;
}

const Memory = MemoryLevel as unknown as new (options: object) => MemoryLevel<Buffer, Buffer> & Batches;

/** A disk that a spec can make slow, or make fail. */
export class MemoryDatabase extends Memory {
  constructor() {
    super({ keyEncoding: 'buffer', valueEncoding: 'buffer', storeEncoding: 'buffer' });
  }
}
