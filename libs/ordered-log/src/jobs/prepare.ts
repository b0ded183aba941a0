import type { Queued } from '../batches/queue';

/** Returns why jobs cannot be applied. Most have nothing to prepare. */
export async function prepareAll(batch: readonly Queued[]): Promise<ReadonlyMap<Queued, unknown>> {
  const failed = new Map<Queued, unknown>();
  const note = (queued: Queued) => (error: unknown) => void failed.set(queued, error);
  const preparing = batch.flatMap((queued) => {
    const prepared = queued.job.prepare?.();
    return prepared === undefined ? [] : [prepared.catch(note(queued))];
  });
  await Promise.all(preparing);
  return failed;
}
