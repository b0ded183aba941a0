import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApps, type Role, ROOT } from '../cluster/build';
import { DeadlineError } from '../cluster/deadline';
import { HttpClient } from '../cluster/http-client';
import { type ExitCode, NodeProcess } from '../cluster/node-process';
import { isFree } from '../cluster/ports';
import { print, runProgram, wholeNumber } from '../cluster/program';
import { linePrinter } from './log-lines';
import { signals } from './signals';

const USAGE = `npm start -- [--port 8080] [--data ./data] [--no-build]
Builds and runs a master and two slaves on this machine, on the port given and the two after it.
Settings of the nodes (API_KEY, LOG_LEVEL, …) are taken from the environment. Ctrl-C stops all of them.`;

const NODES: readonly (readonly [Role, string])[] = [
  ['master', 'master'],
  ['slave', 'slave-1'],
  ['slave', 'slave-2'],
];
/** Each node has its own: given to all three they would be wrong. */
const OWN_SETTINGS = ['PORT', 'HOST', 'NODE_ID', 'DATA_DIR', 'SELF_URL', 'MASTER_URL'];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      data: { type: 'string', default: join(ROOT, 'data') },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return (print(USAGE), 0);
  const port = wholeNumber('port', values.port);
  await requireFree(port);
  if (!values['no-build']) buildApps();
  return run(createNodes(port, resolve(values.data)));
}

/** Runs until a signal (exit 0) or until a node ends by itself (exit 1); either way all nodes are stopped. */
async function run(nodes: readonly NodeProcess[]): Promise<number> {
  const asked = signals();
  for (const node of nodes) node.spawn();
  const ended = nodes.map(async (node) => ({ node, code: await node.exit }));
  void invite(nodes);
  const first = await Promise.race([asked.first, ...ended]);
  if (first) print(`${first.node.name} ended by itself with exit code ${first.code}: stopping the others`);
  else print('stopping: each node finishes what it took (Ctrl-C again to kill)');
  void asked.second.then(() => nodes.forEach((node) => node.signal('SIGKILL')));
  const codes = await stopAll(nodes);
  const clean = first === undefined && codes.every((code) => code === 0);
  print(
    clean
      ? 'stopped'
      : `stopped, exit codes: ${nodes.map(({ name }, at) => `${name} ${codes[at]}`).join(', ')}`,
  );
  return clean ? 0 : 1;
}

/** The master first: it would report slaves that go away. */
async function stopAll([master, ...slaves]: readonly NodeProcess[]): Promise<ExitCode[]> {
  master?.signal('SIGTERM');
  const first = master ? [await master.exit] : [];
  slaves.forEach((slave) => slave.signal('SIGTERM'));
  return [...first, ...(await Promise.all(slaves.map((slave) => slave.exit)))];
}

/** Says how to use the cluster as soon as all of it is ready. A node that ended instead is told of elsewhere. */
async function invite(nodes: readonly NodeProcess[]): Promise<void> {
  try {
    await Promise.all(nodes.map((node) => node.ready()));
    print(invitation(nodes));
  } catch (error) {
    if (error instanceof DeadlineError) print(`${error.message}: its lines above say why`);
  }
}

function createNodes(port: number, data: string): NodeProcess[] {
  mkdirSync(data, { recursive: true });
  const http = new HttpClient();
  const line = linePrinter(
    NODES.map(([, name]) => name),
    process.stdout.isTTY,
  );
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !OWN_SETTINGS.includes(name)) settings[name] = value;
  }
  settings['MASTER_URL'] = `http://127.0.0.1:${port}`;
  return NODES.map(([role, name], index) => {
    const onLine = (text: string): void => print(line(name, text));
    return new NodeProcess(
      { role, name, port: port + index, dataDir: join(data, name), settings, onLine },
      http,
    );
  });
}

async function requireFree(port: number): Promise<void> {
  for (const each of NODES.keys()) {
    if (await isFree(port + each)) continue;
    throw new Error(
      `port ${port + each} is in use: stop what listens there, or choose three others with npm start -- --port 9080`,
    );
  }
}

function invitation(nodes: readonly NodeProcess[]): string {
  const urls = nodes.map(({ name, url }) => `  ${name.padEnd(8)} ${url}`);
  const token = process.env['API_KEY'] ? " -H 'x-token: <API_KEY>'" : '';
  const [first, second] = [nodes[0]?.url, nodes[1]?.url];
  return [
    '',
    'hooklog runs:',
    ...urls,
    '',
    'send a webhook to any node, and read it from another:',
    `  curl -X POST ${second}/webhook -H 'content-type: application/json'${token} -d '{"hello":"world"}'`,
    `  curl ${first}/get-all${token}`,
    '',
  ].join('\n');
}

runProgram(main);
