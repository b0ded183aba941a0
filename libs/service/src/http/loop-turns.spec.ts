import { LoopTurns } from './loop-turns';

/** Whether it resolves before the event loop turns. */
async function isAtOnce(waiting: Promise<void>): Promise<boolean> {
  let isOver = false;
  void waiting.then(() => (isOver = true));
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return isOver;
}

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('turns of the event loop', () => {
  it('are waited for, by all who come in one of them together', async () => {
    const turns = new LoopTurns();
    const [one, two] = [turns.next(), turns.next()];
    expect(one).toBe(two);
    expect(await isAtOnce(one)).toBe(false);
    await one;
    expect(turns.next()).not.toBe(one);
  });

  it('are waited for no longer when one took long, until one is short again', async () => {
    const turns = new LoopTurns();
    const long = turns.next();
    block(40);
    await long;
    const next = turns.next();
    expect(await isAtOnce(next)).toBe(true);
    for (let i = 0; i < 20 && (await isAtOnce(turns.next())); i++)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await isAtOnce(turns.next())).toBe(false);
  });
});
