import { runNode } from '@hooklog/service';
import { readSlaveSettings } from './settings';
import { startSlave } from './start';

runNode({ name: 'hooklog-slave', readSettings: readSlaveSettings, start: startSlave }, process.env);
