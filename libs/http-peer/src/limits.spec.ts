import { masterSilenceMs, PEER_LIMITS } from './limits';

it.each([
  [0.1, 15],
  [1, 15],
  [5, 15],
  [20, 60],
  [3600, 10_800],
])('a master that sends each %p s is away when it sent nothing for %p s', (seconds, away) => {
  expect(masterSilenceMs({ ...PEER_LIMITS, heartbeatMs: seconds * 1000 })).toBe(away * 1000);
});
