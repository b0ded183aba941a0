import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { NOON, webhook } from './conformance/webhooks';
import { type Database, OrderedLog } from './index';
import { untilBodiesKnown } from './conformance/bodies';

const OPTIONS = { node: 'n', newStoreId: '00000000000000cc', dedupWindowSeconds: 600 };
const ENTRIES = 1500;

let folder: string;
let log: OrderedLog;

function database(name: string): Database {
  return new Level<Buffer, Buffer>(join(folder, name), { keyEncoding: 'buffer', valueEncoding: 'buffer' });
}

function open(): Promise<OrderedLog> {
  const index = join(folder, 'index');
  const resetIndex = () => Promise.resolve(rmSync(index, { recursive: true, force: true }));
  return OrderedLog.open({ ...OPTIONS, log: database('log'), index: database('index'), resetIndex });
}

const entry = (i: number) => webhook(`w${i}`, { at: NOON + i, source: 's', eventId: `${i}` });

interface Part {
  readonly from: number;
  readonly to: number;
}

const MIDDLE: Part = { from: 0.25, to: 0.8 };
/** Where the rows of bodies are, which no start reads. */
const BODIES: Part = { from: 0.02, to: 0.25 };
/** Where those of event ids are, behind them. */
const EVENT_IDS: Part = { from: 0.45, to: 0.6 };

/** A part of every table of the closed database. */
function spoil(name: string, { from, to }: Part): void {
  for (const file of readdirSync(join(folder, name)).filter((file) => file.endsWith('.ldb'))) {
    const path = join(folder, name, file);
    const bytes = readFileSync(path);
    for (let at = Math.floor(bytes.length * from); at < bytes.length * to; at += 41) bytes[at]! ^= 0x55;
    writeFileSync(path, bytes);
  }
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hooklog-corrupt-'));
  log = await open();
  await log.lead();
  await Promise.all(Array.from({ length: ENTRIES }, (_, i) => log.append(entry(i))));
  await log.close();
});

afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

it('an index that is found corrupt at the start is built anew from the log', async () => {
  spoil('index', MIDDLE);
  log = await open();
  for (let i = 0; i < ENTRIES; i++) expect(await log.find(entry(i).key)).toHaveLength(1);
  expect(await log.verifyFingerprints()).toEqual({ entries: ENTRIES, equal: true });
});

it('an index that a read finds corrupt is built anew by recover', async () => {
  spoil('index', BODIES);
  log = await open();
  const asked = await Promise.allSettled(
    Array.from({ length: ENTRIES }, (_, i) => log.findDigest(entry(i).digest)),
  );
  const refused = asked.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: 'STORE_FAILED' });
  await log.recover();
  for (let i = 0; i < ENTRIES; i++) expect(await log.findDigest(entry(i).digest)).toBeDefined();
  expect(await log.append(entry(ENTRIES))).toMatchObject({ duplicate: false });
  expect(await log.append(entry(7))).toMatchObject({ duplicate: true });
});

it('an index that is found corrupt while its bodies are learned is built anew by recover', async () => {
  spoil('index', BODIES);
  log = await open();
  while (log.health === 'ok') {
    expect(log.mayHaveBody(webhook('nobody').digest)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.recover();
  await untilBodiesKnown(log);
  for (let i = 0; i < ENTRIES; i++) expect(log.mayHaveBody(entry(i).digest)).toBe(true);
});

it('a copy finds its entry although the index was corrupt, and hurts no other webhook', async () => {
  spoil('index', EVENT_IDS);
  log = await open();
  await log.lead();
  const copies = async (): Promise<PromiseSettledResult<{ duplicate: boolean }>[]> =>
    Promise.allSettled(Array.from({ length: ENTRIES }, (_, i) => log.append(entry(i))));
  const refused = (await copies()).filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0); // those that meet the damage are told to come again
  const again = await copies();
  expect(again.every((one) => one.status === 'fulfilled' && one.value.duplicate)).toBe(true);
  expect(log.tail.position.sequence).toBe(ENTRIES);
});

it('a log that is corrupt is no matter of its index: it stays refused', async () => {
  await (await open()).close(); // LevelDB writes its tables when it opens
  spoil('log', MIDDLE);
  const opening = open();
  opening.then((opened) => (log = opened)).catch(() => undefined);
  await expect(
    opening.then(async (opened) => {
      for (let i = 0; i < ENTRIES; i++) await opened.find(entry(i).key);
    }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/DAMAGED|STORE_FAILED/) });
  if (log.health === 'failed') await expect(log.recover()).rejects.toMatchObject({ code: 'DAMAGED' });
});
