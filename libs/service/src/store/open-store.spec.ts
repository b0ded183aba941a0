import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from './open-store';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hooklog-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openStore', () => {
  it('makes the folder, and two databases of bytes', async () => {
    const dataDir = join(folder, 'a/b');
    const { log, index, newStoreId } = await openStore({ dataDir });
    await log.put(Buffer.of(1, 255), Buffer.of(0));
    await index.put(Buffer.of(2), Buffer.of(254));
    expect(await log.get(Buffer.of(1, 255))).toEqual(Buffer.of(0));
    expect(newStoreId).toMatch(/^[0-9a-f]{16}$/);
    expect((await stat(dataDir)).mode & 0o077).toBe(0);
    await Promise.all([log.close(), index.close()]);
  });

  it('counts the files that LevelDB has to compact', async () => {
    const { log, index, levelZeroFiles } = await openStore({ dataDir: join(folder, 'a') });
    expect(levelZeroFiles?.()).toBe(0);
    // the same keys in several full write buffers: they cannot lie side by side
    for (let round = 0; levelZeroFiles?.() === 0 && round < 20; round += 1)
      for (const key of [1, 2]) await log.put(Buffer.of(key), Buffer.alloc(4 << 20, round));
    expect(levelZeroFiles?.()).toBeGreaterThan(0);
    await Promise.all([log.close(), index.close()]);
    expect(levelZeroFiles?.()).toBe(0);
  });

  it('tells how many files there are in each level of both databases', async () => {
    const { log, index, levelFiles } = await openStore({ dataDir: join(folder, 'a') });
    const none = [0, 0, 0, 0, 0, 0, 0];
    expect(levelFiles?.()).toEqual({ log: none, index: none });
    for (let round = 0; round < 20 && levelFiles?.().log.every((files) => files === 0); round += 1)
      await log.put(Buffer.of(1), Buffer.alloc(4 << 20, round));
    expect(levelFiles?.().log.reduce((sum, files) => sum + files, 0)).toBeGreaterThan(0);
    expect(levelFiles?.().index).toEqual(none);
    await Promise.all([log.close(), index.close()]);
  });

  it('gives every call another name for a new store, and the same run of the machine', async () => {
    const stores = [
      await openStore({ dataDir: join(folder, 'a') }),
      await openStore({ dataDir: join(folder, 'b') }),
    ];
    expect(stores[0]?.newStoreId).not.toBe(stores[1]?.newStoreId);
    expect(stores[0]?.machineRun).toBe(stores[1]?.machineRun);
    await Promise.all(stores.flatMap(({ log, index }) => [log.close(), index.close()]));
  });

  it('says in one line that another process has it open', async () => {
    const { log, index } = await openStore({ dataDir: folder });
    await expect(openStore({ dataDir: folder })).rejects.toMatchObject({
      code: 'LOCKED',
      message: `DATA_DIR ${folder} is open in another process: stop it, or set another DATA_DIR`,
    });
    await Promise.all([log.close(), index.close()]);
  });

  it('says what stands in its way', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openStore({ dataDir: file })).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: expect.stringContaining(file),
    });
    await writeFile(join(folder, 'log'), '');
    await expect(openStore({ dataDir: folder })).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: expect.stringContaining('the database log'),
    });
  });
});
