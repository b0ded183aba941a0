import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '@hooklog/object-id';
import { OrderedLog, ROLLBACK, START } from '@hooklog/ordered-log';
import { eventually } from '../testing/eventually';
import { listeningLogger, memoryStore } from '../testing/served-node';
import { RollbackFiles } from './rollback-files';

const NOW = Date.UTC(2026, 10, 21, 9, 30, 5, 7);
const NO_CHAIN = Buffer.alloc(16);
const LINES =
  '{"sequence":7,"n":0,"type":"entry","pendingAs":{"arrival":3}}\n{"sequence":7,"n":1,"type":"epoch"}\n';

let dataDir: string;
let log: OrderedLog;
let stop: AbortController;
const { logger, lines } = listeningLogger();
const folder = () => join(dataDir, 'rollback');
const start = () => RollbackFiles.start({ log, dataDir, now: () => NOW, logger, stop: stop.signal });
const warnings = () => lines.filter(({ level }) => level === 'warn');

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hooklog-rollback-'));
  log = await OrderedLog.open({ ...memoryStore(), node: 'here' });
  stop = new AbortController();
  lines.splice(0);
});
afterEach(async () => {
  stop.abort();
  await log.close();
  await rm(dataDir, { recursive: true });
});

async function append(to: OrderedLog, text: string): Promise<void> {
  const body = Buffer.from(text);
  const receivedAt = to.receivedAt(NOW);
  await to.append({
    ...identify(body, receivedAt, { kind: 'bytes' }),
    receivedAt,
    kind: 'bytes',
    headers: [],
    body,
  });
}

describe('what was cut from the log', () => {
  it('before the start becomes a file for each cut, and leaves the log', async () => {
    await log.writeMeta(`${ROLLBACK}000000000001`, Buffer.from(LINES));
    await log.writeMeta(`${ROLLBACK}000000000002`, Buffer.from('{"type":"epoch"}\n'));
    await start();
    const names = ['000000000001-20261121T093005.007Z.ndjson', '000000000002-20261121T093005.007Z.ndjson'];
    expect((await readdir(folder())).sort()).toEqual(names);
    expect(await readFile(join(folder(), names[0]!), 'utf8')).toBe(LINES);
    expect(await log.metaNames(ROLLBACK)).toEqual([]);
    expect(warnings()).toMatchObject([
      { file: join(folder(), names[0]!), records: 2, entries: 1, lost: 0 },
      { file: join(folder(), names[1]!), records: 1, entries: 0, lost: 0 },
    ]);
  });

  it('is written once, also when only the deletion of its row failed', async () => {
    await log.writeMeta(`${ROLLBACK}000000000001`, Buffer.from(LINES));
    await start();
    await log.writeMeta(`${ROLLBACK}000000000001`, Buffer.from(LINES));
    await start();
    expect(await readdir(folder())).toHaveLength(1);
    expect(await log.metaNames(ROLLBACK)).toEqual([]);
    expect(warnings()).toHaveLength(1);
  });

  it('while the node runs has its file when another master’s records stand there', async () => {
    const other = await OrderedLog.open({ ...memoryStore(), newStoreId: '00000000000000bb', node: 'other' });
    await log.lead();
    await append(log, 'mine');
    await start();
    await other.promise(1 << 16, other.store);
    const epoch = await other.lead(1 << 16);
    await log.promise(epoch, other.store);
    await log.cut({ after: START, epoch });
    await log.appendReplica({
      epoch,
      previous: START,
      previousChain: NO_CHAIN,
      records: await other.records(START),
    });
    await eventually(() => warnings().length === 1);
    const [name] = await readdir(folder());
    const cut = (await readFile(join(folder(), name!), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(cut.filter(({ pendingAs }) => pendingAs)).toMatchObject([
      { sequence: 1, type: 'entry', pendingAs: { store: log.store } },
    ]);
    await eventually(async () => (await log.metaNames(ROLLBACK)).length === 0);
    await other.close();
  });

  it('stays in the log while it cannot be written', async () => {
    await writeFile(folder(), 'a file where the folder should be');
    await log.writeMeta(`${ROLLBACK}000000000001`, Buffer.from(LINES));
    await start();
    expect(await log.metaNames(ROLLBACK)).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('is nothing on most nodes: no folder is made', async () => {
    const files = await start();
    await log.lead();
    stop.abort();
    await files.stopped();
    expect(await readdir(dataDir)).toEqual([]);
  });
});
