import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { identify, printEntryKey } from '../../index';

const LIBRARY = join(__dirname, '../../..');
const PACKAGES = join(LIBRARY, '../../node_modules');
const BODY = '{"b": 1.50, "a": ["\\u0041", {"d":1,"c":2}]}';

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: PACKAGES },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

it('is what the compiler makes of the sources', () => {
  expect(run(join(LIBRARY, 'assembly/compile.mjs'), '--check')).toBe('');
});

describe('in a bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hooklog-scanner-'));
  const bundle = join(folder, 'library.js');
  afterAll(() => rmSync(folder, { recursive: true }));
  buildSync({
    entryPoints: [join(LIBRARY, 'src/index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    external: ['@node-rs/crc32'],
  });

  /** What a process of its own says: the scanner in use, and the key of BODY. */
  const says = (before: string, ...options: string[]) =>
    run(
      ...options,
      '--eval',
      `${before};const {identify,scannerInUse}=require(${JSON.stringify(bundle)});` +
        `console.log(scannerInUse(),identify(Buffer.from(${JSON.stringify(BODY)}),0).key.toString('hex'))`,
    );
  const key = printEntryKey(identify(Buffer.from(BODY), 0).key);

  it('needs no file beside it', () => {
    expect(says('')).toBe(`wasm ${key}`);
  });

  it('is left alone where there is no WebAssembly, and keys stay the same', () => {
    expect(says('', '--jitless')).toBe(`typescript ${key}`);
  });

  it('is left alone where WebAssembly has no SIMD', () => {
    expect(says('WebAssembly.validate=()=>false')).toBe(`typescript ${key}`);
  });

  it('is left alone where there is no memory for it', () => {
    const refusal = 'WebAssembly.Instance=class{constructor(){throw new RangeError("out of memory")}}';
    expect(says(refusal)).toBe(`typescript ${key}`);
  });
});
