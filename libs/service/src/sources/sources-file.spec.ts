import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../process/logger';
import { Secrets } from '../process/redaction';
import { SourcesFile } from './sources-file';

let folder: string;
let lines: string[];
let secrets: Secrets;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hooklog-sources-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => writeFileSync(join(folder, 'sources.json'), text);
const open = (env = {}) => {
  secrets = new Secrets();
  const options = { level: 'info', name: 'test', secrets };
  const logger = createLogger(options, { write: (line) => void lines.push(line) });
  return SourcesFile.open({ path: join(folder, 'sources.json'), env, logger, secrets });
};
const bearer = (secret: object | string) =>
  JSON.stringify({ sources: { one: { scheme: { kind: 'bearer' }, secrets: [secret] } } });

function accepts(file: SourcesFile, token: string): boolean {
  const found = file.find('one');
  const request = { headers: { authorization: `Bearer ${token}` }, body: Buffer.from('{}') };
  return found.kind === 'active' && found.source.verify(request, 0).ok;
}

describe('the sources of a node', () => {
  it('are those of its file', async () => {
    write(bearer('first-secret'));
    const file = await open();
    expect([accepts(file, 'first-secret'), accepts(file, 'other')]).toEqual([true, false]);
    expect(lines.join()).not.toContain('first-secret');
  });

  it('are never printed, also what a file had before or has later', async () => {
    write(bearer('first-secret'));
    const file = await open({ SECOND: 'second-secret' });
    write(bearer({ env: 'SECOND' }));
    await file.reload();
    expect(secrets.redact('first-secret, second-secret, third-secret')).toBe(
      '[secret], [secret], third-secret',
    );
    write(bearer('key'));
    await file.reload();
    expect(secrets.redact('a key')).toBe('a key');
  });

  it('do not begin with a mistake', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'BAD_SOURCES',
      message: 'the sources file cannot be read (ENOENT)',
    });
    write('{');
    await expect(open()).rejects.toMatchObject({ code: 'BAD_SOURCES' });
  });

  it('are others once they are read again, with the secrets that they name', async () => {
    write(bearer({ file: 'secret' }));
    writeFileSync(join(folder, 'secret'), 'first-secret\n');
    const file = await open();
    writeFileSync(join(folder, 'secret'), 'second-secret\n');
    expect(accepts(file, 'first-secret')).toBe(true);
    await file.reload();
    expect([accepts(file, 'first-secret'), accepts(file, 'second-secret')]).toEqual([false, true]);
    write('{"sources":{}}');
    await file.reload();
    expect(file.find('one')).toEqual({ kind: 'unknown' });
  });

  it('stay as they were when the file has a mistake, which is told without a secret', async () => {
    write(bearer('first-secret'));
    const file = await open();
    for (const text of [
      '{"sources":{"one":{"secrets":["top-secret" ]',
      bearer(' top-secret'),
      bearer({ env: 'NONE' }),
    ]) {
      write(text);
      await file.reload();
      expect(accepts(file, 'first-secret')).toBe(true);
    }
    rmSync(join(folder, 'sources.json'));
    await file.reload();
    expect(accepts(file, 'first-secret')).toBe(true);
    const told = lines.slice(1).map((line) => JSON.parse(line) as { level: string; path: string });
    expect(told.map(({ level, path }) => [level, path])).toEqual([
      ['error', ''],
      ['error', '/sources/one/secrets/0'],
      ['error', '/sources/one/secrets/0/env'],
      ['error', ''],
    ]);
    expect(lines.join()).not.toContain('top-secret');
  });

  it('are the last ones, however fast they follow one another', async () => {
    write(bearer('first-secret'));
    const file = await open();
    write(bearer('second-secret'));
    const readings = [file.reload(), file.reload()];
    write(bearer('third-secret'));
    readings.push(file.reload());
    await Promise.all(readings);
    expect(accepts(file, 'third-secret')).toBe(true);
  });
});
