/**
 * A load generator in a process of its own: `load.ts <a Load as JSON>` prints one line of JSON, a LoadResult. It speaks
 * HTTP/1.1 over plain sockets, one request at a time on each: node's own client costs more than most servers here, and
 * on two cores that would be what is measured.
 */
import { randomBytes } from 'node:crypto';
import { type BodySize, type Template, templates } from './bodies';
import { LoadClient, type Source } from './load-client';
import { type SenderName, signerOf } from './senders';

export interface Load {
  /** of the route, with its query */
  readonly url: string;
  readonly connections: number;
  readonly body: BodySize;
  /** who signs each request; undefined: nobody */
  readonly sender?: SenderName | undefined;
  /** ends at whichever of the two comes first */
  readonly seconds: number;
  readonly requests: number;
  /** in the beginning: what is answered before is not counted, as this program is not compiled yet */
  readonly uncountedSeconds?: number | undefined;
}

export interface LoadResult {
  /** answered with a status of success, and counted */
  readonly requests: number;
  /** with those that are not counted: what the server has worked for */
  readonly answered: number;
  readonly errors: number;
  /** in which they were counted */
  readonly seconds: number;
  /** of an answer, ms */
  readonly median: number;
  readonly p99: number;
  readonly p999: number;
}

async function main({
  url,
  connections,
  body,
  sender,
  seconds,
  requests,
  uncountedSeconds = 0,
}: Load): Promise<LoadResult> {
  const shapes = templates(body, randomBytes(8).toString('hex'));
  const sign = sender && signerOf(sender);
  const latencies: number[] = [];
  let begun = 0;
  let answered = 0;
  let errors = 0;
  const start = performance.now() + uncountedSeconds * 1000;
  const end = start + seconds * 1000;
  const source: Source = {
    next() {
      if (begun >= requests || performance.now() >= end) return undefined;
      begun += 1;
      const shape = shapes[begun % shapes.length] as Template;
      const bytes = shape.number(begun);
      return sign === undefined ? shape : { bytes, headers: sign(bytes) };
    },
    answered(status, milliseconds) {
      const isCounted = performance.now() >= start;
      if (status < 200 || status >= 300) errors += 1;
      else {
        answered += 1;
        if (isCounted) latencies.push(milliseconds);
      }
    },
  };
  await Promise.all(Array.from({ length: connections }, () => new LoadClient(new URL(url), source).run()));
  const elapsed = (performance.now() - start) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return {
    requests: latencies.length,
    answered,
    errors,
    seconds: elapsed,
    median: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
  };
}

if (require.main === module) {
  void main(JSON.parse(process.argv[2] ?? '') as Load).then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
}
