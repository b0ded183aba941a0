import { during } from '../testing/virtual';
import { World } from './world';

describe('a world', () => {
  it('does one thing after the other, in the order of time, and of equal times as they were arranged', async () => {
    const world = new World(1, false);
    const done: string[] = [];
    world.after(20, () => done.push('third'));
    world.after(10, () => done.push('first'));
    world.after(10, () => done.push('second'));
    const callOff = world.after(15, () => done.push('never'));
    callOff();
    await during(world, world.sleep(30));
    expect(done).toEqual(['first', 'second', 'third']);
    expect(world.now).toBe(30);
  });

  it('finishes all promise jobs of one thing before the next one', async () => {
    const world = new World(1, false);
    const done: string[] = [];
    const jobs = async (name: string): Promise<void> => {
      for (let i = 0; i < 50; i++) await Promise.resolve();
      done.push(name);
    };
    world.after(1, () => void jobs('a'));
    world.after(1, () => void jobs('b'));
    await during(world, world.sleep(2));
    expect(done).toEqual(['a', 'b']);
  });

  it('ends with what failed, and when nothing is left to happen', async () => {
    const failing = new World(1, false);
    failing.after(1, () => failing.fail(new Error('a check failed')));
    await expect(failing.run(() => false)).rejects.toThrow('a check failed');
    await expect(new World(1, false).run(() => false)).rejects.toThrow('nothing is left');
  });

  it('does not go on for ever while time stands still', async () => {
    const world = new World(1, false);
    const again = (): void => void world.after(0, again);
    again();
    await expect(world.run(() => false)).rejects.toThrow('time stands still');
  });
});
