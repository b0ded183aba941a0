import { getEventListeners } from 'node:events';
import { ManualClock } from '../testing/clock';
import { Acknowledgements } from '../write-concern';
import { ConcernWaits } from './concern-waits';

let clock: ManualClock;
let held: number[];
let committed: number;
let waits: ConcernWaits;
beforeEach(() => {
  clock = new ManualClock();
  [held, committed] = [[0, 0], 0];
  waits = new ConcernWaits(() => new Acknowledgements(held, committed), 4, clock.after);
});
afterEach(() => expect(clock.waiting).toBe(0));

describe('requests that wait for a write concern', () => {
  it('are answered at once where it is met already', async () => {
    [held, committed] = [[5, 0], 5];
    expect(await waits.until(5, 'majority', 1000)).toEqual({ acknowledged: 2, required: 2, met: true });
    expect(await waits.until(9, 1, 1000)).toMatchObject({ met: true });
    expect(waits.count).toBe(0);
  });

  it('are answered by the acknowledgement that meets it, each by its own', async () => {
    const [first, second] = [waits.until(5, 'majority', 1000), waits.until(6, 'all', 1000)];
    held = [5, 6];
    waits.changed();
    expect(waits.count).toBe(2); // not committed yet
    committed = 6;
    waits.changed();
    expect(await first).toEqual({ acknowledged: 3, required: 2, met: true });
    expect(waits.count).toBe(1);
    held = [6, 6];
    waits.changed();
    expect(await second).toEqual({ acknowledged: 3, required: 3, met: true });
  });

  it('are answered in any order in which they came, those of copies before later ones', async () => {
    const order: number[] = [];
    const waiting = [7, 5, 9, 5].map(async (sequence) => {
      expect((await waits.until(sequence, 'all', 1000)).met).toBe(true);
      order.push(sequence);
    });
    [held, committed] = [[5, 8], 9];
    waits.changed();
    await Promise.all([waiting[1], waiting[3]]);
    expect([order, waits.count]).toEqual([[5, 5], 2]);
    held = [9, 9];
    waits.changed();
    await Promise.all(waiting);
    expect(order).toEqual([5, 5, 7, 9]);
  });

  it('that end early leave those of the same concern waiting', async () => {
    const client = new AbortController();
    const early = waits.until(5, 'all', 500);
    const leaving = waits.until(6, 'all', 1000, client.signal);
    const late = waits.until(7, 'all', 1000);
    client.abort();
    expect(await leaving).toMatchObject({ met: false });
    await clock.pass(500);
    expect(await early).toMatchObject({ met: false });
    expect(waits.count).toBe(1);
    [held, committed] = [[7, 7], 7];
    waits.changed();
    expect(await late).toMatchObject({ met: true });
  });

  it('are answered after their time with what there is', async () => {
    const wait = waits.until(5, 'all', 1000);
    held = [5, 0];
    await clock.pass(1000);
    expect(await wait).toEqual({ acknowledged: 2, required: 3, met: false });
    expect(waits.count).toBe(0);
  });

  it('end with their client, and leave nothing behind', async () => {
    const client = new AbortController();
    const wait = waits.until(5, 'all', 1000, client.signal);
    client.abort();
    expect((await wait).met).toBe(false);
    expect(waits.count).toBe(0);
    expect(getEventListeners(client.signal, 'abort')).toHaveLength(0);
    expect((await waits.until(5, 'all', 1000, client.signal)).met).toBe(false);
  });

  it('are at most as many as the limit', async () => {
    const waiting = [1, 2, 3, 4].map((sequence) => waits.until(sequence, 'all', 1000));
    expect(waits.full).toBe(true);
    expect((await waits.until(5, 'all', 1000)).met).toBe(false);
    [held, committed] = [[9, 9], 9];
    waits.changed();
    expect((await Promise.all(waiting)).every(({ met }) => met)).toBe(true);
  });

  it('meet nothing once the leader is over, whatever was acknowledged', async () => {
    const wait = waits.until(5, 'majority', 1000);
    [held, committed] = [[9, 9], 9];
    waits.stop();
    expect(await wait).toEqual({ acknowledged: 3, required: 2, met: false });
    expect((await waits.until(1, 1, 1000)).met).toBe(false);
  });
});
