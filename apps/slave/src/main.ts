import { runProgram } from '@hooklog/node';
import { readSlaveSettings } from './settings';

runProgram(
  { name: 'hooklog-slave', first: 'slave', readSettings: readSlaveSettings },
  process.argv.slice(2),
  process.env,
);
