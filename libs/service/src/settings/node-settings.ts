import { isIP } from 'node:net';
import type { ServerLimits } from '../http/server';
import { SettingsError, type SettingsTable } from './settings';

const MIB = 1024 * 1024;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** The rows that every node has. An app adds its own, and gives the defaults that differ by role. */
export function nodeSettings(defaults: { readonly node: string; readonly port: number }) {
  return {
    HOST: {
      type: 'text',
      default: '127.0.0.1',
      pattern: /^[A-Za-z0-9.:_-]{1,253}$/,
      allowed: 'a host name or address',
      purpose: 'address to listen on; other than loopback needs API_KEY and CLUSTER_SECRET',
    },
    PORT: {
      type: 'integer',
      default: defaults.port,
      min: 0,
      max: 65_535,
      purpose: 'port to listen on; 0: any free one',
    },
    DATA_DIR: {
      type: 'text',
      default: `./data/${defaults.node}`,
      pattern: /^[^\0]{1,4096}$/,
      allowed: 'a path',
      purpose: 'folder of this node’s store; one process at a time',
    },
    NODE_ID: {
      type: 'text',
      default: defaults.node,
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      allowed: '1 to 64 letters, digits, dots, underscores or hyphens',
      purpose: 'name of this node; no two nodes of a cluster share one',
    },
    API_KEY: { type: 'secret', purpose: 'token of clients that read and administer; none: loopback only' },
    CLUSTER_SECRET: {
      type: 'secret',
      purpose: 'shared by all nodes, which sign with it what they ask of each other; none: loopback only',
    },
    TLS_CERT: {
      type: 'path',
      default: undefined,
      purpose: 'PEM certificate (chain) to serve HTTPS with; none: HTTP',
    },
    TLS_KEY: { type: 'path', default: undefined, purpose: 'PEM key of TLS_CERT' },
    TLS_CLIENT_CA: {
      type: 'path',
      default: undefined,
      purpose: 'PEM authorities; set: nodes must show a certificate of one of them (mTLS), clients need none',
    },
    SOURCES: {
      type: 'path',
      purpose:
        'JSON file of the senders that are known, read again at SIGHUP; none: anybody sends to /webhook',
    },
    DEDUP_WINDOW_SECONDS: {
      type: 'integer',
      default: 60,
      min: 0,
      max: DAY_SECONDS,
      purpose: 'equal bodies within it are one event; 0: each receipt is its own; the same on all nodes',
    },
    BODY_BYTES_MAX: {
      type: 'integer',
      default: 25 * MIB,
      min: 1,
      max: 25 * MIB,
      purpose: 'largest body of a webhook, in bytes; the same on all nodes',
    },
    BODY_BYTES_IN_FLIGHT_MAX: {
      type: 'integer',
      default: 256 * MIB,
      min: 1,
      max: 16_384 * MIB,
      purpose: 'bodies held in memory at once, in bytes; beyond it 503 OVERLOADED',
    },
    DISK_FREE_MIN_MIB: {
      type: 'integer',
      default: 256,
      min: 0,
      max: 1_048_576,
      purpose: 'less free space than this (MiB) and writes are refused with 503 DISK_FULL; 0: off',
    },
    HEADERS_SECONDS: {
      type: 'integer',
      default: 20,
      min: 1,
      max: 3_600,
      purpose: 'a client must have sent its headers by then',
    },
    REQUEST_SECONDS: {
      type: 'integer',
      default: 300,
      min: 1,
      max: DAY_SECONDS,
      purpose: 'a client must have sent its whole request by then',
    },
    RETRY_INTERVAL: {
      type: 'number',
      default: 0.1,
      min: 0.01,
      max: HOUR_SECONDS,
      purpose: 'first pause after another node did not answer, in seconds',
    },
    RETRY_MAX_DELAY: {
      type: 'number',
      default: 5,
      min: 0.01,
      max: HOUR_SECONDS,
      purpose: 'longest pause between two tries, in seconds; nobody ever gives up',
    },
    RETRY_GROWTH: {
      type: 'choice',
      default: 'exponential',
      values: ['exponential', 'uniform'],
      purpose: 'how that pause grows: doubled by each failure, or always the first one',
    },
    HEALTHCHECK_SECONDS: {
      type: 'number',
      default: 1,
      min: 0.1,
      max: HOUR_SECONDS,
      purpose: 'an idle slave is asked this often whether it is HEALTHY; the same on all nodes',
    },
    STOP_SECONDS: {
      type: 'integer',
      default: 20,
      min: 1,
      max: 3_600,
      purpose: 'a stop that takes longer ends with exit code 1; half of it is for requests under way',
    },
    LOG_LEVEL: {
      type: 'choice',
      default: 'info',
      values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      purpose: 'least important line that is printed',
    },
  } as const satisfies SettingsTable;
}

/** What the settings say about slow clients and large bodies. */
export function serverLimitsOf(settings: {
  readonly HEADERS_SECONDS: number;
  readonly REQUEST_SECONDS: number;
  readonly BODY_BYTES_MAX: number;
}): Partial<ServerLimits> {
  return {
    headersTimeoutMs: settings.HEADERS_SECONDS * 1000,
    requestTimeoutMs: settings.REQUEST_SECONDS * 1000,
    bodyBytesMax: settings.BODY_BYTES_MAX,
  };
}

/**
 * A node that anybody on the network can reach has both secrets.
 * @throws SettingsError when one is missing
 */
export function refuseOpenNode(settings: {
  readonly HOST: string;
  readonly API_KEY: string | undefined;
  readonly CLUSTER_SECRET: string | undefined;
}): void {
  if (isLoopback(settings.HOST)) return;
  for (const name of ['API_KEY', 'CLUSTER_SECRET'] as const) {
    if (settings[name] === undefined) {
      throw new SettingsError(
        name,
        'is not set, but must be because HOST is not a loopback address (127.0.0.1)',
      );
    }
  }
}

/** How others ask a node with these settings. */
export function schemeOf({ TLS_CERT }: { readonly TLS_CERT: string | undefined }): 'http' | 'https' {
  return TLS_CERT === undefined ? 'http' : 'https';
}

export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
