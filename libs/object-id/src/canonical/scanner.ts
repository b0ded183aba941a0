import { ObjectIdError } from '../errors';
import { BRACE_CLOSE, BRACE_OPEN, BRACKET_CLOSE, BRACKET_OPEN, COLON, COMMA } from './bytes';
import { type Edits, NOTHING } from './edits';
import { Members } from './members';
import { Tokens } from './tokens';

/** Objects and arrays around a value, itself included. */
export const DEPTH_MAX = 1024;

/** An object or array that is not closed yet. */
interface Open {
  readonly closer: typeof BRACE_CLOSE | typeof BRACKET_CLOSE;
  /** an object's place among the edits */
  readonly edit: number;
  /** an object's first place among the members */
  readonly base: number;
  ordered: boolean;
  escapedKeys: boolean;
}

/** Reads a whole text, in one pass and without recursion, and notes what makes it canonical. */
export class Scanner {
  private readonly tokens: Tokens;
  private readonly edits: Edits;
  private readonly members: Members;
  private readonly open: Open[] = [];
  /** the innermost of those open */
  private inner: Open | undefined;

  constructor(
    private readonly bytes: Buffer,
    words: DataView,
  ) {
    this.tokens = new Tokens(bytes, words);
    this.edits = this.tokens.edits;
    this.members = new Members(bytes, words);
  }

  scan(): { readonly edits: Edits; readonly iJson: boolean } {
    const { tokens, bytes } = this;
    const root = tokens.space(0);
    if (root === bytes.length) throw new ObjectIdError('EMPTY_BODY', 'the body is empty');
    const end = tokens.space(this.value(root));
    if (end < bytes.length) tokens.fail(end);
    if (!isOpener(bytes[root]!)) {
      throw new ObjectIdError('NOT_A_DOCUMENT', 'the body is neither an object nor an array', root);
    }
    return { edits: this.edits, iJson: tokens.iJson };
  }

  /** Reads a value and all inside it. As in `Tokens`, every method takes a place and returns the place after. */
  private value(at: number): number {
    const { tokens } = this;
    do {
      const byte = tokens.byteAt(at);
      if (isOpener(byte)) {
        const container = this.begin(byte, at);
        at = tokens.space(at + 1);
        if (tokens.byteAt(at) !== container.closer) {
          if (container.closer === BRACE_CLOSE) at = this.key(container, at);
          continue;
        }
        at = this.close(container, at);
      } else {
        at = tokens.scalar(at);
      }
      at = this.nextValue(at);
    } while (this.inner !== undefined);
    return at;
  }

  /** Closes what ends after a value and goes on to where the next one starts, if there is one. */
  private nextValue(at: number): number {
    const { tokens } = this;
    for (let container = this.inner; container !== undefined; container = this.inner) {
      const isObject = container.closer === BRACE_CLOSE;
      if (isObject) this.members.close(at);
      at = tokens.space(at);
      if (tokens.byteAt(at) !== container.closer) {
        at = tokens.space(tokens.one(COMMA, at));
        return isObject ? this.key(container, at) : at;
      }
      at = this.close(container, at);
    }
    return at;
  }

  private begin(opener: number, at: number): Open {
    const { open } = this;
    if (open.length === DEPTH_MAX) throw new ObjectIdError('TOO_DEEP', `more than ${DEPTH_MAX} levels`, at);
    const isObject = opener === BRACE_OPEN;
    const container: Open = {
      closer: isObject ? BRACE_CLOSE : BRACKET_CLOSE,
      edit: isObject ? this.edits.add(NOTHING, at, at) : -1,
      base: this.members.count,
      ordered: true,
      escapedKeys: false,
    };
    open.push(container);
    this.inner = container;
    return container;
  }

  private close(container: Open, at: number): number {
    const { open } = this;
    open.pop();
    this.inner = open.length > 0 ? open[open.length - 1] : undefined;
    if (container.closer === BRACE_CLOSE) this.closeObject(container, at + 1);
    return at + 1;
  }

  /** Reads a key and what stands before its value. */
  private key(object: Open, start: number): number {
    const { tokens, members } = this;
    const edit = this.edits.count;
    const escapes = tokens.escapes;
    const end = tokens.string(start);
    if (tokens.escapes > escapes) object.escapedKeys = true;
    members.push(start, end - 1, edit);
    if (object.ordered && !object.escapedKeys && members.count - object.base > 1) this.checkOrder(object);
    return tokens.space(tokens.one(COLON, tokens.space(end)));
  }

  private checkOrder(object: Open): void {
    const comparison = this.members.compareLastTwo();
    if (comparison > 0) object.ordered = false;
    if (comparison === 0) this.tokens.iJson = false;
  }

  private closeObject(object: Open, end: number): void {
    if (object.ordered && !object.escapedKeys) this.edits.settle(object.edit);
    else this.reorder(object, end);
    this.members.count = object.base;
  }

  private reorder(object: Open, end: number): void {
    const { edits, members } = this;
    const arrangement = members.arrange(object.base, object.escapedKeys);
    if (!arrangement.unique) this.tokens.iJson = false;
    if (arrangement.parts.length === 2) return edits.settle(object.edit);
    edits.beginOrder(object.edit, end);
    members.appendTo(edits.orders, object.base, arrangement);
    edits.endOrder(object.edit);
  }
}

function isOpener(byte: number): boolean {
  return byte === BRACE_OPEN || byte === BRACKET_OPEN;
}
