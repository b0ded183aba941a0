import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsTable } from '@hooklog/node';
import { requireBuiltApps, type Role, ROOT } from '../cluster/build';
import { eventually } from '../cluster/deadline';
import { HttpClient } from '../cluster/http-client';
import { NodeProcess } from '../cluster/node-process';
import { freePort } from '../cluster/ports';
import { parseCompose, type Service } from '../deployment/compose';
import { parseDockerfile } from '../deployment/dockerfile';
import { layOutImage } from '../deployment/image-folder';
import { only, parseEnvironmentFile, parseUnit } from '../deployment/unit';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const SECRETS = { API_KEY: 'key-of-clients', CLUSTER_SECRET: 'secret-of-the-cluster' };
const IMAGE = parseDockerfile(read('Dockerfile'));
const COMPOSE = parseCompose(read('compose.yaml'), SECRETS);
const SERVICES = Object.entries(COMPOSE.services);
const SETTINGS = Object.keys(settingsTable({ node: 'any', port: 0, masterUrl: undefined }));
const ROLES = ['master', 'slave'] as const;
/** How full this machine is proves nothing. */
const TESTS = { DISK_FREE_MIN_MIB: '0' };
const READY_MS = 60_000;
/** The folder of the image. */
const APP = '/app/';

let folder: string;
let app: string;
const http = new HttpClient();
const nodes: NodeProcess[] = [];

beforeAll(() => {
  requireBuiltApps();
  folder = mkdtempSync(join(tmpdir(), 'hooklog-deployment-'));
  app = join(folder, 'app');
  layOutImage(IMAGE, app);
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill()));
});
afterAll(() => {
  http.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe('the image', () => {
  it('runs as nobody special, and says of itself whether it is well', () => {
    expect(IMAGE.user).toBe('node');
    expect(IMAGE.stopSignal).toBe('SIGTERM');
    expect(IMAGE.environment['DATA_DIR']).toBe(IMAGE.volume);
    expect(IMAGE.entrypoint).toEqual(['node']);
    expect(existsSync(join(app, IMAGE.command[0]!))).toBe(true);
    expect(IMAGE.healthcheck[0]).toBe('node');
    expect(existsSync(join(app, IMAGE.healthcheck[1]!))).toBe(true);
  });

  it('is built by the commands that build the apps here, and has nothing that only builds or tests', () => {
    const run = (stage: string): string[] =>
      IMAGE.stages
        .find(({ name }) => name === stage)!
        .instructions.filter(({ name }) => name === 'RUN')
        .map(({ text }) => text);
    expect(run('build')).toEqual(['npm ci', 'npx nx run-many -t build -p master,slave']);
    expect(run('modules')).toEqual(['npm ci --omit=dev --ignore-scripts']);
    const { devDependencies, dependencies } = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const installed = readdirSync(join(app, 'node_modules'));
    for (const name of Object.keys(dependencies)) expect(installed).toContain(name.split('/')[0]);
    for (const name of Object.keys(devDependencies).filter((each) => !each.startsWith('@')))
      expect(installed).not.toContain(name);
  });

  it('copies nothing that is not there, and leaves out what is only here', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const name of ['node_modules', 'dist', 'data', '.git']) expect(ignored).toContain(name);
    for (const { stage, from } of IMAGE.copied)
      if (stage === undefined) expect(existsSync(join(ROOT, from))).toBe(true);
  });
});

describe('every environment of the deployment', () => {
  const environments: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['the image', IMAGE.environment],
    ...SERVICES.map(([name, { environment }]) => [`compose: ${name}`, environment] as const),
    ...ROLES.map((role) => [`deploy/${role}.env`, parseEnvironmentFile(read(`deploy/${role}.env`))] as const),
  ];
  it.each(environments)('of %s has only settings that there are', (_name, environment) => {
    const unknown = Object.keys(environment).filter(
      (name) => name !== 'NODE_ENV' && !SETTINGS.includes(name),
    );
    expect(unknown).toEqual([]);
  });
});

describe('compose.yaml', () => {
  it('starts nothing without both secrets', () => {
    for (const name of Object.keys(SECRETS))
      expect(() => parseCompose(read('compose.yaml'), { ...SECRETS, [name]: '' })).toThrow(name);
  });

  it('has a master and two slaves, each with a name, an address and a volume of its own', () => {
    const of = (value: (service: Service) => string): number =>
      new Set(SERVICES.map(([, each]) => value(each))).size;
    expect(SERVICES.map(([, { command }]) => command[0])).toEqual([
      'dist/apps/master/main.js',
      'dist/apps/slave/main.js',
      'dist/apps/slave/main.js',
    ]);
    expect(of(({ environment }) => environment['NODE_ID']!)).toBe(3);
    expect(of(({ environment }) => environment['SELF_URL']!)).toBe(3);
    for (const [name, { environment, volumes, ports, read_only, cap_drop }] of SERVICES) {
      expect(environment['SELF_URL']).toBe(`http://${name}:${IMAGE.environment['PORT']}`);
      expect(volumes).toEqual([`${name}:${IMAGE.volume}`]);
      expect(Object.keys(COMPOSE.volumes)).toContain(name);
      expect(ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
      expect([read_only, cap_drop]).toEqual([true, ['ALL']]);
    }
  });

  it('gives a node longer to stop than it takes', () => {
    const seconds = settingsTable({ node: 'x', port: 0, masterUrl: undefined }).STOP_SECONDS.default;
    for (const [, { stop_grace_period }] of SERVICES)
      expect(Number(/^(\d+)s$/.exec(stop_grace_period)?.[1])).toBeGreaterThan(seconds);
    for (const role of ROLES)
      expect(
        Number(only(parseUnit(read(`deploy/hooklog-${role}.service`)), 'TimeoutStopSec')),
      ).toBeGreaterThan(seconds);
  });

  it('is a cluster: what one node takes is on all of them', async () => {
    const ports = new Map<string, number>();
    for (const [name] of SERVICES) ports.set(name, await freePort());
    const started = SERVICES.map(([name, { command, environment }]) => {
      const settings = { ...IMAGE.environment, ...environment };
      const role = command[0]!.includes('master') ? 'master' : 'slave';
      return nodeOf({
        role,
        name,
        port: ports.get(name)!,
        settings: atPorts(settings, ports),
        program: command,
      });
    });
    await isCluster(started);
    for (const node of started) expect(healthOf(node)).toEqual({ status: 0, output: '' });
    const codes = await Promise.all(started.map((node) => node.stop(IMAGE.stopSignal as NodeJS.Signals)));
    expect(codes).toEqual([0, 0, 0]);
    expect(healthOf(started[0]!)).toEqual({ status: 1, output: expect.stringContaining('does not answer') });
  });
});

describe('the units of systemd', () => {
  it.each(ROLES)('of a %s run what the image has, as nobody, with nothing but their own folder', (role) => {
    const unit = parseUnit(read(`deploy/hooklog-${role}.service`));
    expect(only(unit, 'ExecStart')).toBe(`/usr/bin/node /opt/hooklog/dist/apps/${role}/main.js`);
    expect(only(unit, 'EnvironmentFile')).toBe(`/etc/hooklog/${role}.env`);
    expect(environmentOf(role)['DATA_DIR']).toBe(`/var/lib/${only(unit, 'StateDirectory')}`);
    const hardened = ['DynamicUser', 'NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices'];
    for (const name of hardened) expect([name, only(unit, name)]).toEqual([name, 'yes']);
    expect([only(unit, 'ProtectSystem'), only(unit, 'CapabilityBoundingSet')]).toEqual(['strict', '']);
  });

  it('are a cluster: what one node takes is on the other', async () => {
    const ports = new Map<string, number>();
    for (const role of ROLES) ports.set(environmentOf(role)['NODE_ID']!, await freePort());
    const started = ROLES.map((role) => {
      const [, program = ''] = only(parseUnit(read(`deploy/hooklog-${role}.service`)), 'ExecStart').split(
        ' ',
      );
      const settings: Record<string, string> = { ...environmentOf(role), ...SECRETS };
      const name = settings['NODE_ID']!;
      const path = program.replace('/opt/hooklog/', '');
      return nodeOf({
        ...{ role, name, port: ports.get(name)!, program: [path] },
        settings: atPorts(settings, ports),
      });
    });
    await isCluster(started);
    expect(await Promise.all(started.map((node) => node.stop()))).toEqual([0, 0]);
  });

  it('do not start before somebody has chosen the secrets', async () => {
    const node = nodeOf({
      ...{ role: 'master', name: 'open', port: await freePort(), program: ['dist/apps/master/main.js'] },
      settings: environmentOf('master'),
    });
    node.spawn();
    expect(await node.exit).toBe(1);
    expect(node.lines.at(-1)).toContain('API_KEY');
  });
});

const DOCKER =
  spawnSync('docker', ['info']).status === 0 && spawnSync('docker', ['compose', 'version']).status === 0;
const withDocker = DOCKER ? it : it.skip;
withDocker(
  `the same with Docker${DOCKER ? '' : ' (which is not here)'}`,
  async () => {
    const env = { ...process.env, ...SECRETS, COMPOSE_PROJECT_NAME: `hooklog-test-${process.pid}` };
    const compose = (...args: string[]): number | null =>
      spawnSync('docker', ['compose', ...args], { cwd: ROOT, env, stdio: 'inherit' }).status;
    try {
      expect(compose('up', '--build', '--detach', '--wait')).toBe(0);
      await isOnAll(SERVICES.map(([, { ports }]) => `http://${ports[0]!.split(':').slice(0, 2).join(':')}`));
    } finally {
      compose('down', '--volumes');
    }
  },
  900_000,
);

interface Started {
  readonly role: Role;
  readonly name: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  /** in the folder of the image */
  readonly program: readonly string[];
}

function nodeOf({ role, name, port, settings, program }: Started): NodeProcess {
  const dataDir = mkdtempSync(join(folder, `${name}-`));
  const node = new NodeProcess(
    {
      ...{ role, name, port, dataDir },
      settings: { ...settings, ...TESTS, PORT: String(port), DATA_DIR: dataDir },
      program: program.map((each) => join(app, each.replace(APP, ''))),
    },
    http,
  );
  nodes.push(node);
  return node;
}

/** The environment with addresses of this machine in place of the names of nodes. */
function atPorts(
  environment: Readonly<Record<string, string>>,
  ports: ReadonlyMap<string, number>,
): Record<string, string> {
  const local = (value: string): string => {
    const port = URL.canParse(value) && ports.get(new URL(value).hostname.split('.')[0]!);
    return port ? `http://127.0.0.1:${port}` : value;
  };
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, local(value)]));
}

function environmentOf(role: Role): Record<string, string> {
  const own = only(parseUnit(read(`deploy/hooklog-${role}.service`)), 'Environment').split(' ');
  return { ...parseEnvironmentFile(own.join('\n')), ...parseEnvironmentFile(read(`deploy/${role}.env`)) };
}

/** Starts them, and waits until what one takes is on all. */
async function isCluster(started: readonly NodeProcess[]): Promise<void> {
  await Promise.all(started.map((node) => node.start()));
  await isOnAll(started.map(({ url }) => url));
}

async function isOnAll(urls: readonly string[]): Promise<void> {
  const [master, last] = [urls[0]!, urls.at(-1)!];
  const headers = { 'x-token': SECRETS.API_KEY };
  await eventually('the slaves count', READY_MS, async () => {
    const { secondaries } = await http.json<{ secondaries: { voting: boolean }[] }>(`${master}/secondaries`, {
      headers,
    });
    return secondaries.filter(({ voting }) => voting).length === urls.length - 1;
  });
  const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"deployed":true}' };
  const { key } = await http.json<{ key: string }>(`${last}/webhook`, sent);
  await http.json(`${master}/webhook?wc=all`, { ...sent, body: '{"deployed":"on all"}' });
  for (const url of urls)
    await eventually(`${url} has it`, READY_MS, async () => {
      const { sequence } = await http.json<{ sequence: number | null }>(`${url}/webhooks/${key}`, {
        headers,
      });
      return sequence !== null;
    });
}

/** What the health check of the image says of a node. */
function healthOf({ options }: NodeProcess): { readonly status: number | null; readonly output: string } {
  const [, script = ''] = IMAGE.healthcheck;
  const env = { PATH: process.env['PATH'], PORT: String(options.port) };
  const { status, stdout } = spawnSync(process.execPath, [join(app, script)], { env, encoding: 'utf8' });
  return { status, output: stdout };
}
