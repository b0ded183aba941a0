import type { Database } from '@hooklog/ordered-log';
import type { SourceReason } from './source';
import type { QuarantineLimits } from './source-config';

/** A delivery that was refused, and all that is needed to verify it again. */
export interface RefusedDelivery {
  readonly source: string;
  /** ms since the epoch */
  readonly receivedAt: number;
  readonly reason: SourceReason;
  /** those that may be kept, each with all its values */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

export interface QuarantinedDelivery extends RefusedDelivery {
  /** rising in the order of receipt */
  readonly id: number;
}

/** Bytes of each that is kept, by id, the oldest first. */
interface Kept {
  readonly bytesById: Map<number, number>;
  bytes: number;
}

const KEY_BYTES = 8;
const HEAD_LENGTH_BYTES = 4;

/**
 * What was refused, kept on the disk of this node until somebody looks at it or newer ones of the same source need the
 * room. Nobody was told that it is stored: writes are not synced.
 */
export class Quarantine {
  readonly #kept = new Map<string, Kept>();
  #lastId = 0;

  private constructor(private readonly database: Database) {}

  static async open(database: Database): Promise<Quarantine> {
    const quarantine = new Quarantine(database);
    for await (const [key, row] of database.iterator()) {
      const { id, source } = decode(key, row);
      quarantine.#note(source, id, row.length);
      quarantine.#lastId = id;
    }
    return quarantine;
  }

  /** Keeps it, and as many older ones as have room beside it; false: it is larger than all the room. */
  async keep(delivery: RefusedDelivery, { entriesMax, bytesMax }: QuarantineLimits): Promise<boolean> {
    const row = encode(delivery);
    if (entriesMax === 0 || row.length > bytesMax) return false;
    const id = ++this.#lastId;
    const kept = this.#note(delivery.source, id, row.length);
    const gone: number[] = [];
    for (const [old] of kept.bytesById) {
      if (kept.bytesById.size <= entriesMax && kept.bytes <= bytesMax) break;
      this.#forget(delivery.source, old);
      gone.push(old);
    }
    await this.database.batch([
      ...gone.map((old) => ({ type: 'del', key: keyOf(old) }) as const),
      { type: 'put', key: keyOf(id), value: row },
    ]);
    return true;
  }

  async find(id: number): Promise<QuarantinedDelivery | undefined> {
    const row = await this.database.get(keyOf(id));
    return row && decode(keyOf(id), row);
  }

  /** Those behind `after`, the oldest first. */
  async *list(after: number): AsyncGenerator<QuarantinedDelivery> {
    for await (const [key, row] of this.database.iterator({ gt: keyOf(after) })) yield decode(key, row);
  }

  /** False when it is not there. */
  async remove(id: number): Promise<boolean> {
    const delivery = await this.find(id);
    if (delivery === undefined) return false;
    this.#forget(delivery.source, id);
    await this.database.del(keyOf(id));
    return true;
  }

  close(): Promise<void> {
    return this.database.close();
  }

  #note(source: string, id: number, bytes: number): Kept {
    const kept = this.#kept.get(source) ?? { bytesById: new Map<number, number>(), bytes: 0 };
    this.#kept.set(source, kept);
    kept.bytesById.set(id, bytes);
    kept.bytes += bytes;
    return kept;
  }

  #forget(source: string, id: number): void {
    const kept = this.#kept.get(source);
    const bytes = kept?.bytesById.get(id);
    if (kept === undefined || bytes === undefined) return;
    kept.bytesById.delete(id);
    kept.bytes -= bytes;
  }
}

function keyOf(id: number): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  key.writeBigUInt64BE(BigInt(id));
  return key;
}

/** Length of the head as u32, the head as JSON, the body as it came. */
function encode({ body, ...about }: RefusedDelivery): Buffer {
  const head = Buffer.from(JSON.stringify(about));
  const length = Buffer.alloc(HEAD_LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, body]);
}

function decode(key: Buffer, row: Buffer): QuarantinedDelivery {
  const bodyAt = HEAD_LENGTH_BYTES + row.readUInt32BE(0);
  const head = row.toString('utf8', HEAD_LENGTH_BYTES, bodyAt);
  const about = JSON.parse(head) as Omit<RefusedDelivery, 'body'>;
  return { ...about, id: Number(key.readBigUInt64BE()), body: row.subarray(bodyAt) };
}
