import { BlockList, isIP } from 'node:net';

/** From `lower` to `upper`, both included. */
export interface Range {
  readonly lower: number;
  readonly upper: number;
}

/** One row of an app's table. A setting needs a person who would set it differently. */
export type Setting = { readonly purpose: string } & (
  | { readonly type: 'integer'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly type: 'number'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly type: 'range'; readonly default: undefined; readonly max: number }
  | { readonly type: 'switch'; readonly default: boolean }
  | { readonly type: 'choice'; readonly default: string; readonly values: readonly string[] }
  | { readonly type: 'text'; readonly default: string; readonly pattern: RegExp; readonly allowed: string }
  | { readonly type: 'url'; readonly default: string | undefined; readonly defaultText?: string }
  /** of a file that need not be */
  | { readonly type: 'path'; readonly default?: undefined; readonly defaultText?: string }
  | { readonly type: 'networks'; readonly default: undefined; readonly defaultText?: string }
  | { readonly type: 'secret' }
);

export type SettingsTable = Readonly<Record<string, Setting>>;

interface ValueOf {
  integer: number;
  number: number;
  range: Range | undefined;
  switch: boolean;
  choice: string;
  text: string;
  path: string | undefined;
  networks: BlockList | undefined;
  secret: string | undefined;
}

export type SettingsOf<T extends SettingsTable> = {
  readonly [Name in keyof T]: T[Name] extends { readonly type: 'url'; readonly default: string }
    ? string
    : T[Name] extends { readonly type: 'url' }
      ? string | undefined
      : ValueOf[Exclude<T[Name]['type'], 'url'>];
};

/** The message is one line: the setting, what kind of value it has, what is allowed. Never the value: it may be a secret in the wrong place. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'BAD_SETTING';

  constructor(
    readonly setting: string,
    problem: string,
  ) {
    super(`${setting} ${problem}`);
  }
}

const SECRET_CHARACTERS_MIN = 8;
const SECRET_CHARACTERS_MAX = 512;
/** A secret travels in a header: visible ASCII. */
const SECRET = new RegExp(`^[\\x21-\\x7e]{${SECRET_CHARACTERS_MIN},${SECRET_CHARACTERS_MAX}}$`);
const PATH = /^[^\0]{1,4096}$/;
const SWITCH: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

/**
 * Reads an app's settings. An empty variable counts as not set.
 * @throws SettingsError at the first value that is not allowed
 */
export function parseSettings<const T extends SettingsTable>(
  table: T,
  env: Readonly<Record<string, string | undefined>>,
): SettingsOf<T> {
  const parsed = Object.entries(table).map(([name, setting]) => {
    const text = env[name]?.trim() ?? '';
    return [name, text === '' ? defaultOf(setting) : parse(name, setting, text)];
  });
  return Object.fromEntries(parsed) as SettingsOf<T>;
}

function defaultOf(setting: Setting): unknown {
  return setting.type === 'secret' || setting.type === 'path' ? undefined : setting.default;
}

function parse(name: string, setting: Setting, text: string): unknown {
  const value = read(setting, text);
  if (value === undefined)
    throw new SettingsError(name, `is ${kindOf(text)}, but must be ${allowedIn(setting)}`);
  return value;
}

/** undefined: not allowed */
function read(setting: Setting, text: string): unknown {
  switch (setting.type) {
    case 'integer':
      return readInteger(text, setting.min, setting.max);
    case 'number':
      return within(setting.min, readDecimal(text), setting.max);
    case 'range':
      return readRange(text, setting.max);
    case 'switch':
      return SWITCH[text.toLowerCase()];
    case 'choice':
      return setting.values.includes(text) ? text : undefined;
    case 'text':
      return setting.pattern.test(text) ? text : undefined;
    case 'url':
      return readOrigin(text);
    case 'path':
      return PATH.test(text) ? text : undefined;
    case 'networks':
      return readNetworks(text);
    case 'secret':
      return SECRET.test(text) ? text : undefined;
  }
}

function readInteger(text: string, min: number, max: number): number | undefined {
  return within(min, /^-?\d{1,15}$/.test(text) ? Number(text) : NaN, max);
}

/** NaN: no plain decimal number. */
function readDecimal(text: string): number {
  return /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
}

function readRange(text: string, max: number): Range | undefined {
  const [lower = NaN, upper = NaN, ...more] = text.split(',').map((part) => readDecimal(part.trim()));
  return more.length === 0 && lower <= upper && upper <= max ? { lower, upper } : undefined;
}

function within(min: number, value: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

/** Scheme, host and port, without a slash at the end; undefined for everything that says more. */
function readOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return bare && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

/** undefined: one of them is none */
function readNetworks(text: string): BlockList | undefined {
  const list = new BlockList();
  for (const part of text.split(',').map((each) => each.trim())) {
    const [address = '', bits, ...more] = part.split('/');
    const version = isIP(address);
    const bitsMax = version === 6 ? 128 : 32;
    const length = bits === undefined ? bitsMax : readInteger(bits, 0, bitsMax);
    if (version === 0 || more.length > 0 || length === undefined) return undefined;
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function kindOf(text: string): string {
  if (/^-?\d+$/.test(text)) return `the number ${text.slice(0, 20)}`;
  if (/^-?\d+\.\d+$/.test(text)) return 'a fraction';
  if (URL.canParse(text)) return 'a URL of another form';
  return `text of ${text.length} character${text.length === 1 ? '' : 's'}`;
}

/** What a value may be, as in error messages and in the README's table. */
export function allowedIn(setting: Setting): string {
  switch (setting.type) {
    case 'integer':
      return `an integer from ${setting.min} to ${setting.max}`;
    case 'number':
      return `a number from ${setting.min} to ${setting.max}`;
    case 'range':
      return `lower,upper: two numbers from 0 to ${setting.max}`;
    case 'switch':
      return 'on or off';
    case 'choice':
      return `one of ${setting.values.join(', ')}`;
    case 'text':
      return setting.allowed;
    case 'url':
      return 'http(s)://host[:port] without path or credentials';
    case 'path':
      return 'a path';
    case 'networks':
      return 'addresses and CIDR ranges, with commas between them';
    case 'secret':
      return `${SECRET_CHARACTERS_MIN} to ${SECRET_CHARACTERS_MAX} visible ASCII characters`;
  }
}
