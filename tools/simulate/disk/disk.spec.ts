import { OrderedLog } from '@hooklog/ordered-log';
import { during, stateOf } from '../testing/virtual';
import { Dice } from '../world/dice';
import { World } from '../world/world';
import { Disk } from './disk';

const key = (text: string): Buffer => Buffer.from(text);

function machine(seed = 1): { world: World; disk: Disk } {
  const world = new World(seed, false);
  return { world, disk: new Disk(world, new Dice(seed)) };
}

function keysOf(disk: Disk, folder: 'log' | 'index'): string[] {
  return disk[folder].rows.snapshot().map(({ name }) => name);
}

describe('a simulated disk', () => {
  it('gives rows by key, by range, backwards, and as they were when an iterator began', async () => {
    const { world, disk } = machine();
    const { log } = disk.open();
    await during(world, log.open());
    await during(
      world,
      Promise.all(['b', 'd', 'a', 'c'].map((name) => log.put(key(name), key(name.toUpperCase())))),
    );
    expect(String(await log.get(key('c')))).toBe('C');
    const iterator = log.iterator({ gt: key('a'), lte: key('d'), reverse: true, limit: 2 });
    await during(world, log.del(key('c')));
    const rows = await during(world, iterator.all());
    expect(rows.map(String)).toEqual(['d,D', 'c,C']);
    expect(await during(world, log.getMany([key('c'), key('a')]))).toEqual([undefined, key('A')]);
    await during(world, log.clear({ lt: key('b') }));
    expect(keysOf(disk, 'log')).toEqual(['b', 'd']);
  });

  it('keeps a synced batch in every crash, from the moment at which it resolves', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const { world, disk } = machine(seed);
      const { log } = disk.open();
      await during(world, log.open());
      for (let i = 0; i < 10; i++)
        await during(world, log.put(key(`${i}`), key(''), { sync: true } as object));
      disk.crash('machine');
      expect(keysOf(disk, 'log')).toHaveLength(10);
    }
  });

  it('loses an end of what was not synced when the machine dies, and nothing when the process does', async () => {
    const left = new Set<number>();
    for (let seed = 0; seed < 100; seed++) {
      const { world, disk } = machine(seed);
      const { index } = disk.open();
      await during(world, index.open());
      for (let i = 0; i < 9; i++) await during(world, index.put(key(`${i}`), key('')));
      disk.crash('process');
      expect(keysOf(disk, 'index')).toHaveLength(9);
      disk.crash('machine');
      const kept = keysOf(disk, 'index');
      left.add(kept.length);
    }
    expect(left.size).toBeGreaterThan(5);
  });

  it('has a batch that was on its way at a crash as a whole, or not', async () => {
    const found = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { world, disk } = machine(seed);
      const { log } = disk.open();
      await during(world, log.open());
      const batch = log.batch().put(key('a'), key('')).put(key('b'), key(''));
      const written = batch.write({ sync: true } as object);
      await new Promise(setImmediate);
      disk.crash(seed % 2 === 0 ? 'process' : 'machine');
      found.add(keysOf(disk, 'log').length);
      await during(world, world.sleep(1000));
      expect(await stateOf(written)).toBe('pending');
    }
    expect([...found].sort()).toEqual([0, 2]);
  });

  it('answers nothing to whoever had it open before a crash, and lets nothing of theirs through', async () => {
    const { world, disk } = machine();
    const { log } = disk.open();
    await during(world, log.open());
    disk.crash('process');
    const late = [
      log.put(key('a'), key('')),
      log.get(key('a')),
      log.iterator().all(),
      log.clear(),
      log.close(),
    ];
    await during(world, world.sleep(1000));
    expect(await stateOf(Promise.race(late))).toBe('pending');
    expect(disk.log.rows.length).toBe(0);
  });

  it('takes nothing behind a failed write until it was opened anew', async () => {
    const { world, disk } = machine();
    const { log } = disk.open();
    await during(world, log.open());
    disk.conditions.failing = true;
    await expect(during(world, log.put(key('a'), key('')))).rejects.toMatchObject({ code: 'LEVEL_IO_ERROR' });
    await expect(log.put(key('b'), key(''))).rejects.toThrow('no space');
    await log.close();
    await during(world, log.open());
    await during(world, log.put(key('c'), key('')));
    expect(keysOf(disk, 'log')).toContain('c');
    expect(keysOf(disk, 'log')).not.toContain('b');
  });

  it('opens again as a log that has everything which was answered', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { world, disk } = machine(seed);
      const open = (): Promise<OrderedLog> =>
        during(world, OrderedLog.open({ ...disk.open(), node: 'n1', newStoreId: '00000000000000aa' }));
      const log = await open();
      for (let i = 0; i < 20; i++) await during(world, log.writeMeta(`name ${i}`, key('value')));
      disk.crash(seed % 2 === 0 ? 'process' : 'machine');
      expect(await during(world, (await open()).metaNames(''))).toHaveLength(20);
    }
  });
});
