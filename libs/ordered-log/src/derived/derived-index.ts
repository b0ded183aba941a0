import { type Digest, type EntryKey, identityOf, identityOfBody } from '@hooklog/object-id';
import type { Origin } from '../entry';
import type { FingerprintIndex } from '../fingerprints/fingerprint-index';
import { type Position, START } from '../position';
import { type Change, type Database, readPage, type Row, writeBatch } from '../rows/database';
import { decodeLocation, decodeU64, type KeyChange, keyChangesOf, type Location } from '../rows/index-rows';
import { entryKeyRow, identityRow, type KeyRange, originRow } from '../rows/keys';
import {
  COMMITTED_ROW,
  decodeExtent,
  decodePosition,
  encodeExtent,
  encodePosition,
  type Extent,
  THROUGH_ROW,
} from '../rows/marks';
import { KnownBodies } from './known-bodies';
import { StoredFingerprints } from './stored-fingerprints';

type Watcher = (changes: readonly KeyChange[]) => void;

/** Equal bodies within one window that are still different events; more of them would not change a decision. */
const EQUAL_BODIES_MAX = 256;

/** The rows of `index/`. Nothing here is truth: all of it can be made again from `log/`. */
export class DerivedIndex {
  #stored = new StoredFingerprints();
  readonly #watching = new Set<Watcher>();
  #bodies: KnownBodies | undefined;

  constructor(readonly database: Database) {}

  /** Of the keys of all entries of the log batches that were followed: in the turn in which they are. */
  get fingerprints(): FingerprintIndex {
    return this.#stored.index;
  }

  /** false: no entry with the identity of this key was followed, in the log or pending, under whatever name. */
  mayKnow(key: EntryKey): boolean {
    return this.mayHaveIdentity(identityOf(key));
  }

  /** The same for all identities that begin with these bytes: 8 at least, since the filter looks at no more. */
  mayHaveIdentity(prefix: Buffer): boolean {
    return this.#stored.identities.mayHave(prefix);
  }

  /** Takes rows of a log batch that is durable into the fingerprints. Returns the rows to write: these and theirs. */
  follow(changes: readonly Change[]): Change[] {
    const keys = keyChangesOf(changes);
    for (const watcher of this.#watching) watcher(keys);
    this.#bodies?.follow(changes);
    return [...changes, ...this.#stored.follow(keys)];
  }

  /** Rows that were followed, with how far the index now reaches, and what of it is committed. Never synced. */
  write(rows: readonly Change[], through: Extent, committed?: Position): Promise<void> {
    const marks: Change[] = [{ key: THROUGH_ROW, value: encodeExtent({ ...through, pending: 0 }) }];
    if (committed !== undefined) marks.push({ key: COMMITTED_ROW, value: encodePosition(committed) });
    return writeBatch(this.database, [...rows, ...marks], false);
  }

  /** Before anything is written: the fingerprints of the rows that are there. */
  async restoreFingerprints(): Promise<void> {
    this.#stored = await StoredFingerprints.restore(this.database);
  }

  /** Leaves the next start no more to read than it has to. */
  async storeFingerprints(): Promise<void> {
    for (;;) {
      const rows = this.#stored.unstored();
      if (rows.length === 0) return;
      await writeBatch(this.database, rows, false);
    }
  }

  /** After the store was opened anew: what it really holds, which is more than was followed if the batch that failed was stored. */
  resume(reopened: DerivedIndex): void {
    this.#stored = reopened.#stored;
    this.#bodies = undefined;
  }

  /** Whether bodies are known, or are being learned. */
  get followsBodies(): boolean {
    return this.#bodies !== undefined;
  }

  /** false: no entry with this body was followed. Always true until the bodies of events are learned. */
  mayHaveBody(digest: Digest): boolean {
    if (this.#bodies === undefined) return true;
    return this.mayHaveIdentity(digest) || this.#bodies.mayHave(digest);
  }

  /** @param written resolves when all that was followed by now is in the database */
  async learnBodies(written: () => Promise<void>): Promise<void> {
    const bodies = new KnownBodies();
    this.#bodies = bodies;
    try {
      await written();
      await bodies.read(this.database);
    } catch (error) {
      if (this.#bodies === bodies) this.#bodies = undefined;
      throw error;
    }
  }

  /** Is told of every change, in the turn in which the fingerprints have it, until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watching.add(watcher);
    return () => this.#watching.delete(watcher);
  }

  /** No record of its log up to here is ever cut. */
  async committed(): Promise<Position> {
    const row = await this.database.get(COMMITTED_ROW);
    return row === undefined ? START : decodePosition(row);
  }

  async through(): Promise<Extent | undefined> {
    return decodeExtent(await this.database.get(THROUGH_ROW));
  }

  async locations(keys: readonly EntryKey[]): Promise<(Location | undefined)[]> {
    const rows = await this.database.getMany(keys.map(entryKeyRow));
    return rows.map((row) => row && decodeLocation(row));
  }

  /** The key of the entry with the event id that this key is made of: none, or one. */
  async sameEventId(key: EntryKey): Promise<EntryKey[]> {
    const row = await this.database.get(identityRow(key));
    return row === undefined ? [] : [row as EntryKey];
  }

  /** Keys like this one, which is that of an entry without event id, of seconds that are at most the window away. */
  equalBodies(key: EntryKey, receivedAt: number, windowMs: number): EntryKey[] {
    const keys: EntryKey[] = [];
    const [from, to] = [receivedAt - windowMs, receivedAt + windowMs].map((ms) => Math.floor(ms / 1000));
    for (const seconds of this.#secondsOf(identityOf(key), from!, to!)) {
      const other = Buffer.from(key) as EntryKey;
      other.writeUInt32BE(seconds);
      if (this.fingerprints.has(other)) keys.push(other);
      if (keys.length === EQUAL_BODIES_MAX) break;
    }
    return keys;
  }

  /** Keys of entries without event id that have this body, in their order. Of what is followed meanwhile some may be missing. */
  *keysOfBody(digest: Digest): Generator<EntryKey, void, undefined> {
    const identity = identityOfBody(digest);
    for (const seconds of this.#secondsOf(identity, 0, Infinity))
      yield* this.fingerprints.keysOf(seconds, identity);
  }

  /** Sequences that the receipts of these origins name. */
  async receipts(origins: readonly Origin[]): Promise<(number | undefined)[]> {
    const rows = await this.database.getMany(origins.map(originRow));
    return rows.map((row) => row && decodeU64(row));
  }

  /** Of entries there are: from and to are narrowed to those. */
  #secondsOf(identity: Buffer, from: number, to: number): Iterable<number> {
    const { seconds } = this.fingerprints;
    if (seconds === undefined) return [];
    const { oldest, newest } = seconds;
    return this.#stored.times.secondsOf(identity, Math.max(from, oldest), Math.min(to, newest));
  }

  rows(range: KeyRange, limits: { readonly bytesMax: number; readonly rowsMax: number }): Promise<Row[]> {
    return readPage(this.database, range, limits);
  }
}
