import { runProgram } from '@hooklog/node';
import { readMasterSettings } from './settings';

runProgram(
  { name: 'hooklog-master', first: 'master', readSettings: readMasterSettings },
  process.argv.slice(2),
  process.env,
);
