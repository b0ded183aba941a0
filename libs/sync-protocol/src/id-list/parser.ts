import { SyncError } from '../sync-error';
import { type ListedId, listedIdOf, type SecondsRange } from './listed-id';
import { type Token, Tokenizer } from './tokenizer';

/** `begin` comes first and once; `range` only where the body names it (the object form). */
export type IdListEvent =
  | { readonly type: 'begin'; readonly range: SecondsRange | undefined }
  | { readonly type: 'id'; readonly id: ListedId };

type State = (token: Token) => IdListEvent | undefined;
type Bound = 'slave_range_start' | 'slave_range_end';

const IDS = 'master_ids';
const HASH = /^(?:[0-9a-f]{8}|[0-9a-f]{56})$/;
const LOWER_HEX = /^[0-9a-f]*$/;

/**
 * Reads a list of ids while it arrives, in either form:
 * `{"slave_range_start": s, "slave_range_end": e, "master_ids": ["<16 or 72 hex>", …]}` (the range before the ids), or
 * `[hash1, timestamp1, …]` with a hash as number, 8 or 56 hex digits. Times are unix seconds and must not fall.
 */
export class IdListParser {
  private readonly tokenizer = new Tokenizer();
  private readonly bounds: Partial<Record<Bound, number>> = {};
  private state: State = (token) => this.onStart(token);
  private lastSeconds = 0;
  private done = false;

  /** @throws SyncError `BAD_ID_LIST` or `IDS_UNSORTED`, with the offset, after yielding what came before */
  *push(chunk: Buffer): Generator<IdListEvent, void, undefined> {
    for (const token of this.tokenizer.push(chunk)) {
      const event = this.state(token);
      if (event) yield event;
    }
  }

  /** @throws SyncError `BAD_ID_LIST` when the body ended before the list did */
  end(): void {
    const offset = this.tokenizer.end();
    if (!this.done) throw new SyncError('BAD_ID_LIST', 'the body ended before the list', offset);
  }

  private onStart(token: Token): IdListEvent | undefined {
    if (isPunctuation(token, '[')) {
      this.state = (next) => (isPunctuation(next, ']') ? this.finish() : this.onHash(next));
      return { type: 'begin', range: undefined };
    }
    if (!isPunctuation(token, '{')) throw refuse(token, 'an object or an array');
    this.state = (next) => this.onName(next);
    return undefined;
  }

  private onName(token: Token): undefined {
    if (token.type !== 'string') throw refuse(token, 'the name of a member');
    const name = token.text;
    if (name !== IDS && name !== 'slave_range_start' && name !== 'slave_range_end') {
      throw refuse(token, `slave_range_start, slave_range_end or ${IDS}`);
    }
    if (name !== IDS && this.bounds[name] !== undefined) throw refuse(token, `${name} only once`);
    this.state = (colon) => {
      if (!isPunctuation(colon, ':')) throw refuse(colon, 'a colon');
      this.state = name === IDS ? (next) => this.onIds(next) : (next) => this.onBound(name, next);
      return undefined;
    };
  }

  private onBound(name: Bound, token: Token): undefined {
    if (token.type !== 'number') throw refuse(token, 'unix seconds');
    this.bounds[name] = token.value;
    this.state = (comma) => {
      if (!isPunctuation(comma, ',')) throw refuse(comma, `a comma and ${IDS}`);
      this.state = (next) => this.onName(next);
      return undefined;
    };
  }

  private onIds(token: Token): IdListEvent {
    const { slave_range_start: start, slave_range_end: end } = this.bounds;
    if (!isPunctuation(token, '[')) throw refuse(token, 'an array of ids');
    if (start === undefined || end === undefined)
      throw refuse(token, 'slave_range_start and slave_range_end first');
    if (start > end) throw refuse(token, 'a range that ends after its start');
    this.state = (next) => (isPunctuation(next, ']') ? this.onIdsClosed() : this.onId(next));
    return { type: 'begin', range: { start, end } };
  }

  private onId(token: Token): IdListEvent {
    const id = token.type === 'string' && LOWER_HEX.test(token.text) ? listedIdOf(token.text) : undefined;
    if (!id) throw refuse(token, 'an id of 16 or 72 lower-case hex digits');
    this.state = (next) => {
      if (isPunctuation(next, ']')) return this.onIdsClosed();
      if (!isPunctuation(next, ',')) throw refuse(next, 'a comma');
      this.state = (following) => this.onId(following);
      return undefined;
    };
    return this.inOrder(id, token);
  }

  private onIdsClosed(): undefined {
    this.state = (token) => {
      if (!isPunctuation(token, '}')) throw refuse(token, `the end of the object: ${IDS} stands last`);
      return this.finish();
    };
  }

  private onHash(token: Token): undefined {
    const name = nameOf(token);
    this.state = (comma) => {
      if (!isPunctuation(comma, ',')) throw refuse(comma, 'a comma and the timestamp');
      this.state = (next) => this.onTimestamp(name, next);
      return undefined;
    };
  }

  private onTimestamp(name: number | string, token: Token): IdListEvent {
    if (token.type !== 'number') throw refuse(token, 'a timestamp in unix seconds');
    this.state = (next) => {
      if (isPunctuation(next, ']')) return this.finish();
      if (!isPunctuation(next, ',')) throw refuse(next, 'a comma');
      this.state = (following) => this.onHash(following);
      return undefined;
    };
    return this.inOrder({ seconds: token.value, name }, token);
  }

  private inOrder(id: ListedId, token: Token): IdListEvent {
    if (id.seconds < this.lastSeconds) {
      const message = `ids are sorted by time, but second ${id.seconds} follows ${this.lastSeconds}`;
      throw new SyncError('IDS_UNSORTED', message, token.offset);
    }
    this.lastSeconds = id.seconds;
    return { type: 'id', id };
  }

  private finish(): undefined {
    this.done = true;
    this.state = (token) => {
      throw refuse(token, 'nothing behind the list');
    };
  }
}

function nameOf(token: Token): number | string {
  if (token.type === 'number') return token.value;
  if (token.type !== 'string' || !HASH.test(token.text))
    throw refuse(token, 'a hash: a number, 8 or 56 lower-case hex digits');
  return token.text.length === 8 ? parseInt(token.text, 16) : token.text;
}

function isPunctuation(token: Token, text: string): boolean {
  return token.type === 'punctuation' && token.text === text;
}

function refuse(token: Token, wanted: string): SyncError {
  return new SyncError('BAD_ID_LIST', `expected ${wanted}`, token.offset);
}
