import { parseSettings } from '@hooklog/service';
import { isCommand, runCommand } from './command';
import { type NodeSettings, settingsTable } from './settings';
import type { RunningNode } from './start';
import { quiet, startMemoryMaster } from './testing/memory-cluster';

const API_KEY = 'key-of-clients';
const TABLE = settingsTable({ node: 'master', port: 8080, masterUrl: undefined });
const settingsOf = (env: Record<string, string>): NodeSettings => parseSettings(TABLE, env);

let master: RunningNode;
beforeEach(async () => {
  master = await startMemoryMaster({ API_KEY });
});
afterEach(() => master.stop.run(0, quiet));

describe('a command', () => {
  it('is one of two words', () => {
    expect(['promote', 'demote', 'start', undefined].map(isCommand)).toEqual([true, true, false, false]);
  });

  it('tells the node on this machine that has the same settings, and prints its answer', async () => {
    const settings = settingsOf({
      API_KEY,
      HOST: '0.0.0.0',
      CLUSTER_SECRET: 'secret-of-nodes',
      PORT: String(master.port),
    });
    const promoted = await runCommand('promote', settings);
    expect([promoted.exitCode, JSON.parse(promoted.text)]).toEqual([
      0,
      { epoch: 1, committed: true, role: 'master' },
    ]);
    expect((await runCommand('demote', settings)).exitCode).toBe(0);
    const refused = await runCommand('demote', settings);
    expect([refused.exitCode, JSON.parse(refused.text)]).toMatchObject([1, { code: 'NOT_MASTER' }]);
  });

  it('goes to SELF_URL where there is one', async () => {
    const settings = settingsOf({ SELF_URL: `http://127.0.0.1:${master.port}` });
    const { exitCode, text } = await runCommand('promote', settings);
    expect([exitCode, JSON.parse(text)]).toMatchObject([1, { code: 'TOKEN_MISSING' }]);
  });

  it('says when nobody answers', async () => {
    const { exitCode, text } = await runCommand('promote', settingsOf({ SELF_URL: 'http://127.0.0.1:9' }));
    expect([exitCode, text]).toEqual([
      1,
      expect.stringMatching(/^no answer from http:\/\/127.0.0.1:9\/promote: /),
    ]);
  });
});
