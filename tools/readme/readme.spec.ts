import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settingsMarkdown, type SettingsTable } from '@hooklog/service';
import { requireBuiltApps, ROOT } from '../cluster/build';
import { Cluster } from '../cluster/cluster';
import { healthyMembers } from '../processes/requests';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const SNIPPETS = [...README.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text = '']) => ({
  language,
  text,
}));
const PROGRAMS = /^(npm|npx nx|node|bash|curl) /;
const MASTER_PORT = 8080;
const CURL = spawnSync('curl', ['--version']).error === undefined;

describe('the README', () => {
  it.each(['master', 'slave'])('lists the settings of a %s as they are in its table', async (role) => {
    const table = await settingsOf(role);
    const other = rowsOf(settingsMarkdown(await settingsOf(role === 'master' ? 'slave' : 'master')));
    const own = rowsOf(settingsMarkdown(table));
    expect(rowsOf(section('Both roles:'))).toEqual(own.filter((row) => other.includes(row)));
    const rest = own.filter((row) => !other.includes(row));
    expect(rowsOf(section(`A ${role} also has:`))).toEqual(rest);
  });

  it('maps every project folder, and none that is not there', () => {
    const listed = [...section('## Folders').matchAll(/^\| `([^`]+)`/gm)].map(([, folder]) => folder);
    const projects = ['apps', 'libs'].flatMap((parent) =>
      readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
    );
    expect(listed.sort()).toEqual([...projects, 'tools'].sort());
  });

  it('names only commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...README.matchAll(/`npm (?:run )?([a-z-]+)/g)].map(([, script = '']) => script);
    expect(named.length).toBeGreaterThan(4);
    for (const script of named) expect(Object.keys(scripts)).toContain(script);
  });

  it('has only shell snippets, of programs that a newcomer has', () => {
    for (const { language, text } of SNIPPETS.filter((each) => each.language)) {
      expect(language).toBe('sh');
      for (const line of text.trim().split('\n')) expect(`${line} `).toMatch(PROGRAMS);
    }
  });

  const test = CURL ? it : it.skip;
  test(`has curl lines that work as they are written${CURL ? '' : ' (curl is not here)'}`, async () => {
    requireBuiltApps();
    const cluster = await Cluster.start();
    try {
      await healthyMembers(cluster);
      for (const line of SNIPPETS.flatMap(({ text }) => text.split('\n')).filter((each) =>
        each.startsWith('curl '),
      )) {
        const { status, stderr } = spawnSync(
          'sh',
          ['-c', `${onPorts(line, cluster)} --fail-with-body -sS -m 30`],
          { encoding: 'utf8' },
        );
        expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
      }
    } finally {
      await cluster.remove();
    }
  });
});

describe('every README and protocol document', () => {
  const documents = [
    'README.md',
    'SECURITY.md',
    ...readdirSync(join(ROOT, 'libs')).flatMap((name) => markdownIn(join('libs', name))),
  ];
  it.each(documents)('%s has no broken relative link', (document) => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)#:\s]+)(#[^)]*)?\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => !existsSync(join(ROOT, dirname(document), target)));
    expect(broken).toEqual([]);
  });
});

/** From a line of the README to the next heading or the next table's introduction. */
function section(start: string): string {
  const from = README.indexOf(`\n${start}\n`);
  if (from === -1) throw new Error(`the README has no line ${start}`);
  const text = README.slice(from + start.length + 2);
  return text.slice(0, /\n(## |A \w+ also has:)/.exec(text)?.index ?? text.length);
}

/** A table's rows without its layout. */
function rowsOf(markdown: string): string[] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => line.replaceAll(/\s+/g, ' ').trim());
}

/** By a path that lint does not follow: apps are programs, and nothing imports them but this. */
async function settingsOf(role: string): Promise<SettingsTable> {
  const file = join(ROOT, 'apps', role, 'src/settings');
  const module = (await import(file)) as Record<string, SettingsTable>;
  return module[`${role.toUpperCase()}_SETTINGS`] as SettingsTable;
}

function onPorts(line: string, cluster: Cluster): string {
  return cluster.nodes.reduce(
    (text, node, at) => text.replaceAll(`http://127.0.0.1:${MASTER_PORT + at}`, node.url),
    line,
  );
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}
