import {
  answerReconcile,
  type Item,
  ItemVector,
  type ReconcileOptions,
  Reconciler,
} from '@hooklog/sync-protocol';

const TIMESTAMP = /^\d{1,16}$/;
const ID = /^[0-9a-f]{64}$/i;
const HEX = /^(?:[0-9a-f]{2})*$/i;

/** One side of a reconciliation that is driven by lines, as those of the public test suite are. */
export class Session {
  #items: Item[] = [];
  #set: ItemVector | undefined;
  #initiator: Reconciler | undefined;
  readonly #told = new Set<string>();

  constructor(private readonly options: ReconcileOptions & { readonly frameBytesMax: number }) {}

  /** The lines to answer with. @throws of a line that has no place here, and of a message beyond the limit */
  take(line: string): readonly string[] {
    const [command = '', ...fields] = line.split(',');
    if (command === 'item' && this.#set === undefined) return this.#item(line, fields);
    if (line === 'seal' && this.#set === undefined) return this.#seal();
    if (line === 'initiate' && this.#initiator === undefined) return this.#initiate();
    if (command === 'msg' && fields.length === 1) return this.#message(line, fields[0]!);
    throw unknown(line);
  }

  #item(line: string, [timestamp = '', id = '', ...more]: readonly string[]): readonly string[] {
    const valid = TIMESTAMP.test(timestamp) && Number.isSafeInteger(Number(timestamp)) && ID.test(id);
    if (!valid || more.length > 0) throw unknown(line);
    this.#items.push({ timestamp: Number(timestamp), id: Buffer.from(id, 'hex') });
    return [];
  }

  #seal(): readonly string[] {
    this.#set = new ItemVector(this.#items);
    this.#items = [];
    return [];
  }

  #initiate(): readonly string[] {
    this.#initiator = new Reconciler(this.#sealed(), this.options);
    return [this.#sent(this.#initiator.initiate())];
  }

  #message(line: string, hex: string): readonly string[] {
    if (!HEX.test(hex)) throw unknown(line);
    const message = Buffer.from(hex, 'hex');
    if (this.#initiator === undefined)
      return [this.#sent(answerReconcile(this.#sealed(), message, this.options))];
    const { message: next, have, need } = this.#initiator.reconcile(message);
    return [
      ...have.flatMap(({ id }) => this.#tell('have', id)),
      ...need.flatMap(({ id }) => this.#tell('need', id)),
      next === undefined ? 'done' : this.#sent(next),
    ];
  }

  /** A line names an id alone, and each one once. */
  #tell(word: 'have' | 'need', id: Buffer): readonly string[] {
    const line = `${word},${id.toString('hex')}`;
    if (this.#told.has(line)) return [];
    this.#told.add(line);
    return [line];
  }

  #sent(message: Buffer): string {
    const { frameBytesMax } = this.options;
    if (frameBytesMax > 0 && message.length > frameBytesMax)
      throw new Error(`a message of ${message.length} bytes, at most ${frameBytesMax} are allowed`);
    return `msg,${message.toString('hex')}`;
  }

  #sealed(): ItemVector {
    if (this.#set === undefined) throw new Error('nothing was sealed yet');
    return this.#set;
  }
}

function unknown(line: string): Error {
  return new Error(`unknown line: ${JSON.stringify(line.slice(0, 200))}`);
}
