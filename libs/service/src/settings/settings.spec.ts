import { settingsMarkdown } from './markdown';
import { nodeSettings, refuseOpenNode } from './node-settings';
import { parseSettings, SettingsError } from './settings';

const TABLE = {
  PORT: { type: 'integer', default: 8080, min: 0, max: 65_535, purpose: 'port' },
  PAUSE: { type: 'number', default: 0.1, min: 0.01, max: 60, purpose: 'pause' },
  DELAY: { type: 'range', default: undefined, max: 60, purpose: 'delay' },
  COLLECT: { type: 'switch', default: true, purpose: 'collect' },
  LOG_LEVEL: { type: 'choice', default: 'info', values: ['info', 'debug'], purpose: 'level' },
  NODE_ID: { type: 'text', default: 'here', pattern: /^[a-z]+$/, allowed: 'letters', purpose: 'a | b' },
  MASTER_URL: { type: 'url', default: 'http://127.0.0.1:8080', purpose: 'master' },
  SELF_URL: { type: 'url', default: undefined, defaultText: 'own port', purpose: 'self' },
  TLS_CERT: { type: 'path', default: undefined, purpose: 'file' },
  PEER_CERT: { type: 'path', default: undefined, defaultText: '`TLS_CERT`', purpose: 'other file' },
  PEER_ALLOW: { type: 'networks', default: undefined, defaultText: 'all', purpose: 'where' },
  API_KEY: { type: 'secret', purpose: 'token' },
} as const;

describe('parseSettings', () => {
  it('gives every setting its default, and takes an empty variable for none', () => {
    const defaults = parseSettings(TABLE, { PORT: '', API_KEY: '  ' });
    expect(defaults).toEqual({
      PORT: 8080,
      PAUSE: 0.1,
      DELAY: undefined,
      COLLECT: true,
      LOG_LEVEL: 'info',
      NODE_ID: 'here',
      MASTER_URL: 'http://127.0.0.1:8080',
      SELF_URL: undefined,
      TLS_CERT: undefined,
      PEER_ALLOW: undefined,
      API_KEY: undefined,
    });
  });

  it('reads each type', () => {
    const env = {
      PORT: '0',
      PAUSE: '2.5',
      DELAY: ' 0, 0.5 ',
      COLLECT: 'off',
      LOG_LEVEL: 'debug',
      NODE_ID: 'x',
      SELF_URL: 'http://A.test:80/',
      API_KEY: '12345678',
    };
    expect(parseSettings(TABLE, env)).toMatchObject({
      PORT: 0,
      PAUSE: 2.5,
      DELAY: { lower: 0, upper: 0.5 },
      COLLECT: false,
      LOG_LEVEL: 'debug',
      NODE_ID: 'x',
      SELF_URL: 'http://a.test',
      API_KEY: '12345678',
    });
  });

  it.each([
    ['PORT', '65536', 'PORT is the number 65536, but must be an integer from 0 to 65535'],
    ['PORT', '-1', 'PORT is the number -1, but must be an integer from 0 to 65535'],
    ['PORT', '80.5', 'PORT is a fraction, but must be an integer from 0 to 65535'],
    ['PORT', '0x50', 'PORT is text of 4 characters, but must be an integer from 0 to 65535'],
    ['PORT', '1e3', 'PORT is text of 3 characters, but must be an integer from 0 to 65535'],
    ['PAUSE', '0', 'PAUSE is the number 0, but must be a number from 0.01 to 60'],
    ['PAUSE', '60.5', 'PAUSE is a fraction, but must be a number from 0.01 to 60'],
    ['PAUSE', '1e1', 'PAUSE is text of 3 characters, but must be a number from 0.01 to 60'],
    ['PAUSE', '.5', 'PAUSE is text of 2 characters, but must be a number from 0.01 to 60'],
    ['DELAY', '5', 'DELAY is the number 5, but must be lower,upper: two numbers from 0 to 60'],
    ['DELAY', '1,2,3', 'DELAY is text of 5 characters, but must be lower,upper: two numbers from 0 to 60'],
    ['DELAY', '2,1', 'DELAY is text of 3 characters, but must be lower,upper: two numbers from 0 to 60'],
    ['DELAY', '-1,1', 'DELAY is text of 4 characters, but must be lower,upper: two numbers from 0 to 60'],
    ['DELAY', '1,61', 'DELAY is text of 4 characters, but must be lower,upper: two numbers from 0 to 60'],
    ['DELAY', ',', 'DELAY is text of 1 character, but must be lower,upper: two numbers from 0 to 60'],
    ['COLLECT', 'maybe', 'COLLECT is text of 5 characters, but must be on or off'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL is text of 4 characters, but must be one of info, debug'],
    ['NODE_ID', 'A B', 'NODE_ID is text of 3 characters, but must be letters'],
    [
      'MASTER_URL',
      'ftp://x',
      'MASTER_URL is a URL of another form, but must be http(s)://host[:port] without path or credentials',
    ],
    [
      'MASTER_URL',
      'http://u:p@x',
      'MASTER_URL is a URL of another form, but must be http(s)://host[:port] without path or credentials',
    ],
    [
      'MASTER_URL',
      'http://x/path',
      'MASTER_URL is a URL of another form, but must be http(s)://host[:port] without path or credentials',
    ],
    [
      'MASTER_URL',
      'nowhere',
      'MASTER_URL is text of 7 characters, but must be http(s)://host[:port] without path or credentials',
    ],
  ])('refuses %s=%s with one line', (name, value, line) => {
    expect(() => parseSettings(TABLE, { [name]: value })).toThrow(
      new SettingsError(name, line.slice(name.length + 1)),
    );
  });

  it('reads networks: addresses and ranges of both families', () => {
    const read = (PEER_ALLOW: string) => parseSettings(TABLE, { PEER_ALLOW }).PEER_ALLOW;
    const list = read('10.0.0.0/8, 192.168.1.5,fd00::/8');
    const allowed = (address: string, family: 'ipv4' | 'ipv6') => list?.check(address, family);
    expect(['10.255.0.1', '192.168.1.5'].map((each) => allowed(each, 'ipv4'))).toEqual([true, true]);
    expect(['11.0.0.1', '192.168.1.6'].map((each) => allowed(each, 'ipv4'))).toEqual([false, false]);
    expect(['fd12::1', '::ffff:10.1.1.1', 'fe80::1'].map((each) => allowed(each, 'ipv6'))).toEqual([
      true,
      true,
      false,
    ]);
    for (const text of [
      '10.0.0.0/33',
      '10.0.0.0/-1',
      'localhost',
      '10.0.0.0/8/8',
      '10.0.0',
      '::/129',
      ',',
      '1.2.3.4 5.6.7.8',
    ])
      expect(() => read(text)).toThrow(/^PEER_ALLOW is .*, but must be addresses and CIDR ranges/);
  });

  it('never prints a secret', () => {
    const env = { API_KEY: 'pässword' };
    expect(() => parseSettings(TABLE, env)).toThrow(
      'API_KEY is text of 8 characters, but must be 8 to 512 visible ASCII',
    );
  });
});

describe('refuseOpenNode', () => {
  const secrets = { API_KEY: 'a', CLUSTER_SECRET: 'b' };

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('lets %s be without secrets', (HOST) => {
    expect(() => refuseOpenNode({ HOST, API_KEY: undefined, CLUSTER_SECRET: undefined })).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.example.com'])('wants both secrets on %s', (HOST) => {
    expect(() => refuseOpenNode({ HOST, ...secrets })).not.toThrow();
    expect(() => refuseOpenNode({ HOST, ...secrets, API_KEY: undefined })).toThrow(/^API_KEY is not set/);
    expect(() => refuseOpenNode({ HOST, ...secrets, CLUSTER_SECRET: undefined })).toThrow(
      /^CLUSTER_SECRET is not set/,
    );
  });
});

describe('settingsMarkdown', () => {
  it('prints one row per setting', () => {
    expect(
      settingsMarkdown({
        PORT: TABLE.PORT,
        PAUSE: TABLE.PAUSE,
        DELAY: TABLE.DELAY,
        NODE_ID: TABLE.NODE_ID,
        SELF_URL: TABLE.SELF_URL,
        TLS_CERT: TABLE.TLS_CERT,
        PEER_CERT: TABLE.PEER_CERT,
        API_KEY: TABLE.API_KEY,
      }),
    ).toBe(
      [
        '| Setting | Allowed | Default | Purpose |',
        '| --- | --- | --- | --- |',
        '| `PORT` | an integer from 0 to 65535 | `8080` | port |',
        '| `PAUSE` | a number from 0.01 to 60 | `0.1` | pause |',
        '| `DELAY` | lower,upper: two numbers from 0 to 60 | none | delay |',
        '| `NODE_ID` | letters | `here` | a \\| b |',
        '| `SELF_URL` | http(s)://host[:port] without path or credentials | own port | self |',
        '| `TLS_CERT` | a path | none | file |',
        '| `PEER_CERT` | a path | `TLS_CERT` | other file |',
        '| `API_KEY` | 8 to 512 visible ASCII characters | none | token |',
        '',
      ].join('\n'),
    );
  });

  it('has a purpose for every setting of a node', () => {
    const rows = settingsMarkdown(nodeSettings({ node: 'n', port: 1 }))
      .trim()
      .split('\n')
      .slice(2);
    expect(rows.every((row) => /^\| `[A-Z_]+` \| [^|]+ \| [^|]+ \| [^|]{10,} \|$/.test(row))).toBe(true);
  });
});
