import { perform } from './perform';
import type { Task } from './task';

process.on('message', (task: Task) => {
  void perform(task).then((outcome) => process.send!(outcome));
});
process.on('disconnect', () => process.exit());
