import { exampleBodies } from '../proof/examples';

export type BodySize = '1k' | '8k';

const BYTES: Readonly<Record<BodySize, number>> = { '1k': 1024, '8k': 8192 };
/** So many different payloads take turns: no cache sees one shape only. */
const SHAPES = 8;
export const NUMBER_DIGITS = 12;

export function isBodySize(text: string): text is BodySize {
  return text in BYTES;
}

/**
 * The payloads of @octokit/webhooks-examples whose length is nearest to the size, each with room for a name that makes
 * it an event of its own.
 */
export function templates(size: BodySize, run: string): Template[] {
  const distance = (body: string): number => Math.abs(Buffer.byteLength(body) - BYTES[size]);
  const different = [...new Map(exampleBodies().map((body) => [body.slice(0, 200), body])).values()];
  const nearest = different.sort((one, two) => distance(one) - distance(two)).slice(0, SHAPES);
  return nearest.map((body) => new Template(body, run));
}

/** A body that is another one each time, without being made anew. */
export class Template {
  readonly bytes: Buffer;
  readonly #numberAt: number;

  constructor(example: string, run: string) {
    const head = `{"delivery":"${run}-`;
    this.#numberAt = Buffer.byteLength(head);
    this.bytes = Buffer.from(`${head}${'0'.repeat(NUMBER_DIGITS)}",${example.slice(1)}`);
  }

  number(value: number): Buffer {
    this.bytes.write(String(value).padStart(NUMBER_DIGITS, '0'), this.#numberAt, 'latin1');
    return this.bytes;
  }

  /** What stands before and behind the number. */
  get around(): readonly [Buffer, Buffer] {
    const end = this.#numberAt + NUMBER_DIGITS;
    return [this.bytes.subarray(0, this.#numberAt), this.bytes.subarray(end)];
  }
}
