/** npm passes a terminal's Ctrl-C on to a program that has it already: what comes this soon is the same one. */
const SAME_MS = 700;

/** The first request to stop (Ctrl-C, SIGTERM, a closed terminal), and the second, which is impatient. */
export function signals(): { readonly first: Promise<void>; readonly second: Promise<void> } {
  let onFirst: () => void;
  let onSecond: () => void;
  const first = new Promise<void>((resolve) => (onFirst = resolve));
  const second = new Promise<void>((resolve) => (onSecond = resolve));
  let firstAt: number | undefined;
  const asked = (): void => {
    firstAt ??= Date.now();
    if (Date.now() - firstAt > SAME_MS) onSecond();
    else onFirst();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, asked);
  return { first, second };
}
