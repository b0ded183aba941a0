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
  waits = new ConcernWaits(() => new Acknowledgements(held, committed), 3, clock.after);
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
    const waiting = [1, 2, 3].map((sequence) => waits.until(sequence, 'all', 1000));
    expect(waits.full).toBe(true);
    expect((await waits.until(4, 'all', 1000)).met).toBe(false);
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
