/** Sends one stream of lines to POST /webhooks: `lines-load.ts <a LinesLoad as JSON>` prints a LinesResult. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { type BodySize, type Template, templates } from './bodies';

export interface LinesLoad {
  readonly url: string;
  readonly body: BodySize;
  readonly entries: number;
}

export interface LinesResult {
  /** answered as stored */
  readonly entries: number;
  readonly refused: number;
  readonly seconds: number;
}

const LINES_PER_WRITE = 256;
const NEWLINE = Buffer.from('\n');

async function main({ url, body, entries }: LinesLoad): Promise<LinesResult> {
  const shapes = templates(body, randomBytes(8).toString('hex'));
  const start = performance.now();
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } });
  const counted = once(sent, 'response').then(async ([response]) => {
    let text = '';
    let stored = 0;
    let refused = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const lines = (text + chunk.toString('latin1')).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines)
        if (line.startsWith('{"id":')) stored += 1;
        else refused += 1;
    }
    return { stored, refused };
  });
  for (let number = 0; number < entries;) {
    const parts: Buffer[] = [];
    for (let i = 0; i < LINES_PER_WRITE && number < entries; i += 1) {
      const line = (shapes[number % shapes.length] as Template).number((number += 1));
      parts.push(Buffer.from(line), NEWLINE);
    }
    if (!sent.write(Buffer.concat(parts))) await once(sent, 'drain');
  }
  sent.end();
  const { stored, refused } = await counted;
  return { entries: stored, refused, seconds: (performance.now() - start) / 1000 };
}

if (require.main === module) {
  void main(JSON.parse(process.argv[2] ?? '') as LinesLoad).then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
}
