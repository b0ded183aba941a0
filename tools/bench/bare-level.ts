/**
 * The least that a log on LevelDB does: chained batches of frames, each synced. `bare-level.ts <a BareLevel as JSON>`
 * prints one line of JSON, a LinesResult.
 */
import { randomBytes } from 'node:crypto';
import { Level } from 'level';
import { type BodySize, type Template, templates } from './bodies';

export interface BareLevel {
  readonly folder: string;
  readonly body: BodySize;
  readonly entries: number;
}

const BATCH_ENTRIES = 256;
/** What a frame has beside the body: names, times, origin, chain, checksum. */
const FRAME_HEAD_BYTES = 150;

async function main({ folder, body, entries }: BareLevel): Promise<object> {
  const shapes = templates(body, randomBytes(8).toString('hex'));
  const head = randomBytes(FRAME_HEAD_BYTES);
  const level = new Level<Buffer, Buffer>(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await level.open();
  const start = performance.now();
  for (let number = 0; number < entries;) {
    const batch = level.batch();
    for (let i = 0; i < BATCH_ENTRIES && number < entries; i += 1) {
      const key = Buffer.alloc(13, 'l');
      key.writeUInt32BE((number += 1), 5);
      batch.put(key, Buffer.concat([head, (shapes[number % shapes.length] as Template).number(number)]));
    }
    await batch.write({ sync: true } as object);
  }
  const seconds = (performance.now() - start) / 1000;
  await level.close();
  return { entries, refused: 0, seconds };
}

if (require.main === module) {
  void main(JSON.parse(process.argv[2] ?? '') as BareLevel).then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
}
