import { parseSettings, runNode } from '@hooklog/service';
import { MASTER_SETTINGS } from './settings';
import { startMaster } from './start';

runNode(
  {
    name: 'hooklog-master',
    readSettings: (env) => parseSettings(MASTER_SETTINGS, env),
    start: startMaster,
  },
  process.env,
);
