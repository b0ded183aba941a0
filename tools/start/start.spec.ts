import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBuiltApps, ROOT } from '../cluster/build';
import { eventually, within } from '../cluster/deadline';
import { dieWithParent } from '../cluster/guard';
import { HttpClient } from '../cluster/http-client';
import { freePort, isFree } from '../cluster/ports';

const END_MS = 60_000;

describe('npm start', () => {
  const http = new HttpClient();
  let data: string;
  let port: number;
  let tool: Tool | undefined;
  beforeEach(async () => {
    requireBuiltApps();
    data = mkdtempSync(join(tmpdir(), 'hooklog-'));
    port = await threeFreePorts();
  });
  afterEach(async () => {
    tool?.child.kill('SIGKILL');
    await tool?.exit();
    rmSync(data, { recursive: true, force: true, maxRetries: 10 });
  });
  afterAll(() => http.close());

  it('prints the URLs and a curl line, and stops all nodes cleanly on Ctrl-C', async () => {
    tool = startTool(port, data);
    const urls = [port, port + 1, port + 2].map((each) => `http://127.0.0.1:${each}`);
    await eventually('the cluster runs', END_MS, () => tool?.output().includes('/get-all'));
    for (const url of urls) expect(tool.output()).toContain(url);
    expect(tool.output()).toContain(`curl -X POST ${urls[1]}/webhook`);

    await http.json(`${urls[2]}/webhook`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    await eventually('the master has it', 10_000, async () => {
      return (await http.ask(`${urls[0]}/get-all`)).body.toString() === '[{"a":1}]';
    });

    tool.child.kill('SIGINT');
    expect(await tool.exit()).toBe(0);
    expect(tool.output()).toMatch(/stopped\s*$/);
    expect(await Promise.all([port, port + 1, port + 2].map(isFree))).toEqual([true, true, true]);
  });

  it('says in one line which port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port + 2, '127.0.0.1', resolve));
    tool = startTool(port, data);
    expect(await tool.exit()).toBe(1);
    other.close();
    expect(tool.output().trim().split('\n')).toHaveLength(1);
    expect(tool.output()).toContain(`port ${port + 2} is in use`);
  });

  it('stops all nodes and ends with 1 when one of them ends by itself', async () => {
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'slave-2'), 'a file where the data folder should be');
    tool = startTool(port, data);
    expect(await tool.exit()).toBe(1);
    expect(tool.output()).toContain('slave-2 ended by itself with exit code 1');
    expect(await isFree(port)).toBe(true);
  });
});

interface Tool {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: () => Promise<number | null>;
}

function startTool(port: number, data: string): Tool {
  const args = ['tools/start/main.ts', '--no-build', '--port', String(port), '--data', data];
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  dieWithParent(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => text, exit: () => within('the tool ends', END_MS, ended) };
}

async function threeFreePorts(): Promise<number> {
  return eventually('three free ports in a row', 10_000, async () => {
    const first = await freePort();
    return (await isFree(first + 1)) && (await isFree(first + 2)) && first;
  });
}
