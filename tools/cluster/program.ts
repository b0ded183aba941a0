/** A command's last word is its exit code; an error is one clear text on stderr and exit code 1. */
export function runProgram(main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A whole number of at least 0, given as an option; anything else stops the program with one line. */
export function wholeNumber(option: string, value: string): number {
  if (!/^\d{1,9}$/.test(value))
    throw new Error(`--${option} is a whole number, not ${JSON.stringify(value)}`);
  return Number(value);
}
