/** Whether something has happened once everything that can happen has. */
export async function settles(asked: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  void asked.then(note, note);
  await manyTurns();
  return settled;
}

/** More turns of the event loop than anything here takes that does not wait for somebody. */
export async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
