import * as fc from 'fast-check';
import { ReceiptClock } from './receipt-clock';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);

describe('a receipt clock', () => {
  it('says what the machine says while that goes forward', () => {
    const clock = new ReceiptClock(NOON - 1);
    expect([NOON, NOON + 5, NOON + HOUR].map((now) => clock.read(now))).toEqual([
      NOON,
      NOON + 5,
      NOON + HOUR,
    ]);
  });

  it('goes on at half speed after a step back, until the machine has caught up', () => {
    const clock = new ReceiptClock(0);
    clock.read(NOON);
    const times = [0, 1, 2, 3].map((hours) => clock.read(NOON - HOUR + hours * HOUR));
    expect(times).toEqual([NOON, NOON + HOUR / 2, NOON + HOUR, NOON + 2 * HOUR]);
  });

  it('goes on from the last time of an earlier run', () => {
    const clock = new ReceiptClock(NOON + HOUR);
    expect(clock.read(NOON)).toBe(NOON + HOUR);
    expect(clock.read(NOON + HOUR)).toBe(NOON + HOUR + HOUR / 2);
    expect(clock.lastGiven).toBe(NOON + HOUR + HOUR / 2);
  });

  it('loses no half millisecond', () => {
    const clock = new ReceiptClock(NOON + 1000);
    for (let ms = 0; ms < 2000; ms++) clock.read(NOON + ms);
    expect(clock.read(NOON + 2000)).toBe(NOON + 2000);
  });

  it('never goes back, and is never behind the machine', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.array(fc.integer({ min: -5000, max: 5000 })), (last, steps) => {
        const clock = new ReceiptClock(last);
        let now = 1e6;
        let before = last;
        for (const step of steps) {
          now += step;
          const time = clock.read(now);
          expect(time).toBeGreaterThanOrEqual(Math.max(before, now));
          before = time;
        }
      }),
      { seed: 7 },
    );
  });
});
