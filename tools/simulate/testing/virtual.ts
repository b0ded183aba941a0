import type { World } from '../world/world';

/** What the work comes to, in virtual time. */
export async function during<T>(world: World, work: Promise<T>): Promise<T> {
  let over = false;
  const watched = work.finally(() => (over = true));
  watched.catch(() => undefined);
  await world.run(() => over);
  return watched;
}

export async function stateOf(work: Promise<unknown>): Promise<'pending' | 'settled'> {
  const pending = new Promise<'pending'>((resolve) => setImmediate(() => resolve('pending')));
  const settled = work.then(
    () => 'settled' as const,
    () => 'settled' as const,
  );
  return Promise.race([settled, pending]);
}
