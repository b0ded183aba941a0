import { execFileSync } from 'node:child_process';
import { HEAP_GROWTH_FLAG, letHeapGrow } from './heap-growth';

it('sets what this V8 still knows', () => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  expect(known).toContain(`${HEAP_GROWTH_FLAG.split('=')[0]!} `);
  expect(letHeapGrow).not.toThrow();
});
