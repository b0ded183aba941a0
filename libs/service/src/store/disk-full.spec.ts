import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printDigest } from '@hooklog/object-id';
import request from 'supertest';
import { serveNode, type ServedNode } from '../testing/served-node';
import { openStore } from './open-store';

jest.setTimeout(60_000);

const DISK_MIB = 48;
const BODY_BYTES = 900_000;
const POSTS_MAX = 400;

/** Bytes that no compression makes smaller, the same for the same number. */
function noise(n: number): Buffer {
  const seed = Buffer.alloc(16);
  seed.writeUInt32BE(n);
  return createCipheriv('aes-128-ctr', seed, seed).update(Buffer.alloc(BODY_BYTES));
}

/** A real disk of a few MiB, where this user may mount one. */
function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}

const disk = mountSmallDisk();
afterAll(() => {
  if (disk === undefined) return;
  execFileSync('umount', [disk]);
  rmdirSync(disk);
});

const onSmallDisk = disk === undefined ? describe.skip : describe;

onSmallDisk('a full disk', () => {
  const folder = disk ?? '';
  const ballast = join(folder, 'ballast');
  let node: ServedNode;
  let clock = Date.now();
  afterEach(() => node.close());

  const start = async (name: string, freeMinMib: number): Promise<ServedNode> => {
    const dataDir = join(folder, name);
    const store = await openStore({ dataDir });
    return serveNode({ store, folder: dataDir, freeMinMib, now: () => clock });
  };
  const post = async (n: number) => {
    clock += 1_001;
    return request(node.server).post('/webhook').type('text/plain').send(noise(n));
  };
  /** Posts until the node says no; what it said yes to. */
  const fill = async (from: number): Promise<{ digests: string[]; code: string }> => {
    const digests: string[] = [];
    for (let n = from; n < from + POSTS_MAX; n += 1) {
      const answer = await post(n);
      if (answer.status !== 200) {
        expect(answer.status).toBe(503);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
        return { digests, code: JSON.parse(answer.text).code };
      }
      digests.push(answer.body.digest);
    }
    throw new Error(`${POSTS_MAX} bodies fit on a disk of ${DISK_MIB} MiB`);
  };
  /** A compaction that was under way may still fail once: the store then opens anew, and the retry is taken. */
  const taken = async (n: number) => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await post(n);
      if (answer.status === 200) return answer;
      expect(answer.body.code).toBe('STORE_FAILED');
    }
    throw new Error('there is room, and still nothing is taken');
  };
  /** The digests that the log has, in order; clients can read them too. */
  const stored = async (): Promise<string[]> => {
    await request(node.server).get('/log?limit=1').buffer(true).expect(200);
    const digests: string[] = [];
    for await (const { digest } of node.log.entries(0)) digests.push(printDigest(digest));
    return digests;
  };

  it('is noticed before it is full: refuses, still reads, takes again when there is room', async () => {
    node = await start('guarded', 16);
    const { digests, code } = await fill(0);
    expect(code).toBe('DISK_FULL');
    expect(await stored()).toEqual(digests);
    await request(node.server).get('/readyz').expect(503);
    // room is made the only way there is on a disk without other files
    execFileSync('mount', ['-o', `remount,size=${DISK_MIB * 2}m`, folder]);
    const again = await taken(1_000);
    await request(node.server).get('/readyz').expect(200);
    expect(await stored()).toEqual([...digests, again.body.digest]);
    await node.close();
    await rm(join(folder, 'guarded'), { recursive: true });
    execFileSync('mount', ['-o', `remount,size=${DISK_MIB}m`, folder]);
  });

  it('that hits the store itself loses nothing that was answered, and nothing that was refused comes twice', async () => {
    await writeFile(ballast, Buffer.alloc(28 << 20));
    node = await start('unguarded', 0);
    const { digests, code } = await fill(2_000);
    expect(code).toBe('STORE_FAILED');
    for (let n = 3_000; n < 3_005; n += 1) expect((await post(n)).body.code).toBe('DISK_FULL');
    expect((await stored()).slice(0, digests.length)).toEqual(digests);
    await rm(ballast);
    // what compactions that failed have left is deleted by the next open, which needs room first
    execFileSync('mount', ['-o', `remount,size=${DISK_MIB * 2}m`, folder]);
    const refused = 2_000 + digests.length;
    const retried = [refused, 3_000, 3_001, 3_002, 3_003, 3_004];
    const answers = [];
    for (const n of retried) answers.push(await taken(n));
    const all = await stored();
    for (const digest of [...digests, ...answers.map(({ body }) => body.digest)]) {
      expect(all.filter((one) => one === digest)).toHaveLength(1);
    }
    await request(node.server).get('/readyz').expect(200);
    await node.close();
    node = await start('unguarded', 0);
    expect(await stored()).toEqual(all);
    await node.close();
  });
});
