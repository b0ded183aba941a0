/** Whether something has happened once everything that can happen has. */
export async function settles(asked: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  void asked.then(note, note);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}
