import { getEventListeners } from 'node:events';
import { ManualClock } from '../testing/clock';
import { Rest, Waiting } from './waiting';

describe('a wait', () => {
  const clock = new ManualClock();
  const stop = new AbortController();

  it('ends when its time is over, and says so', async () => {
    const waiting = new Waiting(stop.signal, clock.after).expireIn(100);
    await clock.pass(99);
    expect(waiting.signal.aborted).toBe(false);
    await clock.pass(1);
    await waiting.over();
    expect(waiting.expired).toBe(true);
    waiting.release();
  });

  it('begins its time anew, and waits without one when told so', async () => {
    const waiting = new Waiting(stop.signal, clock.after).expireIn(100);
    await clock.pass(99);
    waiting.expireIn(100);
    await clock.pass(99);
    expect(waiting.signal.aborted).toBe(false);
    waiting.keepOpen();
    await clock.pass(1000);
    expect(waiting.signal.aborted).toBe(false);
    waiting.release();
    expect(waiting.expired).toBe(false);
  });

  it('leaves no timer and no listener once it is released', () => {
    const waiting = new Waiting(stop.signal, clock.after).expireIn(100);
    expect(clock.waiting).toBe(1);
    waiting.release();
    expect(clock.waiting).toBe(0);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('ends with what stops it, also when that was before', async () => {
    const over = new AbortController();
    const waiting = new Waiting(over.signal, clock.after).expireIn(100);
    over.abort();
    await waiting.over();
    expect(waiting.expired).toBe(false);
    waiting.release();
    expect(new Waiting(over.signal, clock.after).signal.aborted).toBe(true);
  });

  it('tells of its end once, and only those who listen still', () => {
    const waiting = new Waiting(stop.signal, clock.after);
    const told: string[] = [];
    const leaves = (): void => void told.push('one that left');
    waiting.addEventListener('abort', () => told.push('first'));
    waiting.addEventListener('abort', leaves);
    waiting.addEventListener('abort', () => told.push('last'));
    waiting.removeEventListener('abort', leaves);
    const before = waiting.signal;
    before.addEventListener('abort', () => told.push('signal'));
    expect(waiting.aborted).toBe(false);
    waiting.release();
    waiting.release();
    expect(told.toSorted()).toEqual(['first', 'last', 'signal']);
    expect([waiting.aborted, before.aborted, waiting.signal]).toEqual([true, true, before]);
  });

  it('ends with another one', async () => {
    const outer = new Waiting(stop.signal, clock.after).expireIn(100);
    const inner = new Waiting(outer, clock.after);
    await clock.pass(100);
    await inner.over();
    expect([inner.aborted, inner.expired, outer.expired]).toEqual([true, false, true]);
    inner.release();
    outer.release();
  });
});

describe('the pauses of a loop', () => {
  const clock = new ManualClock();

  it('last as long as they should, and end early when woken', async () => {
    const rest = new Rest(new AbortController().signal, clock.after);
    const woken: boolean[] = [];
    const pause = async (): Promise<void> => void woken.push(await rest.for(100));
    const first = pause();
    await clock.pass(100);
    await first;
    const second = pause();
    rest.wake();
    await second;
    expect(woken).toEqual([false, true]);
    expect(clock.waiting).toBe(0);
  });

  it('forget a call that came while nobody paused', async () => {
    const rest = new Rest(new AbortController().signal, clock.after);
    rest.wake();
    let over = false;
    const pause = rest.for(100).then(() => (over = true));
    await clock.pass(99);
    expect(over).toBe(false);
    await clock.pass(1);
    await pause;
  });

  it('end when something else happens, or fails, and leave no timer', async () => {
    const rest = new Rest(new AbortController().signal, clock.after);
    expect(await rest.for(100, () => Promise.resolve())).toBe(false);
    await expect(rest.for(100, () => Promise.reject(new Error('closed')))).rejects.toThrow('closed');
    expect(clock.waiting).toBe(0);
  });

  it('end at stop', async () => {
    const stop = new AbortController();
    const rest = new Rest(stop.signal, clock.after);
    const pause = rest.for(100);
    stop.abort();
    expect(await pause).toBe(false);
    expect(await rest.for(100)).toBe(false);
    expect(clock.waiting).toBe(0);
  });
});
