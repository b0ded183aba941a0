import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cluster/build';
import { print, runProgram } from '../cluster/program';
import { type Counts, type JestResults, type Outcome, outcomeOf, totalLine } from './jest-results';
import { runTasks, type Task } from './tasks';

const RESULTS = join(ROOT, 'dist/test-results');

/** Format, lint, type check and tests of everything; the last line is the totals of all of it. */
async function main(): Promise<number> {
  const start = Date.now();
  rmSync(RESULTS, { recursive: true, force: true }); // an earlier run's results count for nothing
  mkdirSync(RESULTS, { recursive: true });
  const format = checkFormat();
  const { tasks, output, hung } = await runTasks((task) => print(`  ran ${task}`));
  writeFileSync(join(RESULTS, 'nx.log'), output);
  if (hung.length > 0) print(`\nended because it hung, or waited for what hung: ${hung.join(', ')}`);
  else if (tasks.every(({ status }) => status === 'missing')) print(`Nx ran nothing:\n${output}`);
  const counts = [format, ...tasks.map((task) => (task.target === 'test' ? tests(task) : check(task)))];
  print(
    `${((Date.now() - start) / 1000).toFixed(0)} s; everything that was printed is in dist/test-results/nx.log`,
  );
  print(totalLine(counts));
  return counts.some(({ failed }) => failed > 0) ? 1 : 0;
}

function checkFormat(): Counts {
  const prettier = join(ROOT, 'node_modules/prettier/bin/prettier.cjs');
  const run = spawnSync(process.execPath, [prettier, '--check', '.'], { cwd: ROOT, encoding: 'utf8' });
  if (run.status === 0) return told('format', { passed: 1, failed: 0, skipped: 0 });
  print(`${run.stdout}${run.stderr}npx prettier --write . puts this right`);
  return told('format', { passed: 0, failed: 1, skipped: 0 });
}

/** Lint or type check of one project: one check. */
function check(task: Task): Counts {
  const passed = task.status === 'passed';
  if (task.status === 'failed') print(`\n${task.output}`);
  return told(`${task.project} ${task.target}`, {
    passed: passed ? 1 : 0,
    failed: passed ? 0 : 1,
    skipped: 0,
  });
}

function tests(task: Task): Counts {
  const outcome = outcomeOf(readResults(task.project), {
    passed: task.status === 'passed',
    output: task.output,
  });
  for (const message of outcome.messages) print(`\n${message}`);
  for (const name of outcome.skippedNames) print(`  skipped: ${name}`);
  return told(`${task.project} test`, outcome);
}

function readResults(project: string): JestResults | undefined {
  const file = join(RESULTS, `${project}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as JestResults) : undefined;
}

function told(what: string, counts: Counts | Outcome): Counts {
  print(`${counts.failed > 0 ? 'FAILED' : 'ok    '} ${what.padEnd(26)} ${totalLine([counts])}`);
  return counts;
}

runProgram(main);
