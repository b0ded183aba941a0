import { type JestResults, outcomeOf, totalLine } from './jest-results';

const test = (fullName: string, status: string) => ({ fullName, status });
const results = (changes: Partial<JestResults> = {}): JestResults => ({
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
  ...changes,
});
const GREEN = { passed: true, output: '' };
const RED = { passed: false, output: 'Segmentation fault' };

describe('the totals of npm test', () => {
  it('count passed and skipped tests', () => {
    const testResults = [
      { name: 'a', status: 'passed', message: '', assertionResults: [test('needs gcc', 'pending')] },
    ];
    const outcome = outcomeOf(results({ numPendingTests: 1, testResults }), GREEN);
    expect(outcome).toMatchObject({ passed: 2, failed: 0, skipped: 1, skippedNames: ['needs gcc'] });
  });

  it('count a failing test, and show its message', () => {
    const testResults = [{ name: 'a', status: 'failed', message: 'expected 1', assertionResults: [] }];
    const outcome = outcomeOf(results({ numFailedTests: 1, testResults }), RED);
    expect(outcome).toMatchObject({ passed: 2, failed: 1, messages: ['expected 1'] });
  });

  it('count a file that could not be loaded as failed', () => {
    expect(outcomeOf(results({ numRuntimeErrorTestSuites: 1 }), RED)).toMatchObject({ failed: 1 });
  });

  it('count a project without results as failed, and show what it printed', () => {
    const outcome = outcomeOf(undefined, RED);
    expect(outcome).toMatchObject({ passed: 0, failed: 1 });
    expect(outcome.messages.join()).toContain('Segmentation fault');
  });

  it('count a run that failed without a failing test', () => {
    expect(outcomeOf(results(), RED)).toMatchObject({ passed: 2, failed: 1 });
  });

  it('are one line, with the skipped ones only if there are any', () => {
    expect(
      totalLine([
        { passed: 2, failed: 1, skipped: 0 },
        { passed: 3, failed: 0, skipped: 0 },
      ]),
    ).toBe('5 passed, 1 failed');
    expect(totalLine([{ passed: 2, failed: 0, skipped: 4 }])).toBe('2 passed, 0 failed, 4 skipped');
  });
});
