/** The part of Jest's `--json` output that is counted. */
export interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** files that could not be loaded: none of their tests ran */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Outcome extends Counts {
  /** what a person needs to see: failing files' messages in full */
  readonly messages: readonly string[];
  /** full names of the tests that did not run */
  readonly skippedNames: readonly string[];
}

const SKIPPED = ['pending', 'skipped', 'todo', 'disabled'];

/**
 * What a project's tests came to. `results` is undefined when Jest wrote nothing: that is a failure, as is
 * a run that failed although no test in the file says so.
 */
export function outcomeOf(
  results: JestResults | undefined,
  ran: { readonly passed: boolean; readonly output: string },
): Outcome {
  if (!results) {
    return {
      passed: 0,
      failed: 1,
      skipped: 0,
      messages: [`no test results were written: ${ran.output || 'the tests did not run'}`],
      skippedNames: [],
    };
  }
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const unexplained = failed === 0 && !ran.passed;
  const failing = results.testResults.filter(({ status }) => status === 'failed');
  const tests = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: results.numPassedTests,
    failed: unexplained ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
    messages: unexplained
      ? [`no test failed, but the run did\n${ran.output}`]
      : failing.map(({ message }) => message),
    skippedNames: tests.filter(({ status }) => SKIPPED.includes(status)).map(({ fullName }) => fullName),
  };
}

export function totalLine(all: readonly Counts[]): string {
  const sum = (of: (counts: Counts) => number): number =>
    all.reduce((total, counts) => total + of(counts), 0);
  const skipped = sum((counts) => counts.skipped);
  const line = `${sum((counts) => counts.passed)} passed, ${sum((counts) => counts.failed)} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
