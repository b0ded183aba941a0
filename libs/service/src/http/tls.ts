import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { SettingsError } from '../settings/settings';

/** What a server shows, and whom it knows. PEM. */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** clients may show a certificate of one of these authorities; who has to is decided by the routes */
  readonly clientCa: Buffer | undefined;
}

export interface TlsSettings {
  readonly TLS_CERT: string | undefined;
  readonly TLS_KEY: string | undefined;
  readonly TLS_CLIENT_CA: string | undefined;
}

/**
 * undefined: HTTP without TLS.
 * @throws SettingsError when a file cannot be read or used, or one of them is missing
 */
export function readServerTls({ TLS_CERT, TLS_KEY, TLS_CLIENT_CA }: TlsSettings): ServerTls | undefined {
  const pair = readPair('TLS_CERT', TLS_CERT, 'TLS_KEY', TLS_KEY);
  if (pair === undefined && TLS_CLIENT_CA !== undefined)
    throw new SettingsError('TLS_CLIENT_CA', 'is set, but there is no TLS_CERT to serve with');
  return pair && { ...pair, clientCa: readAuthorities('TLS_CLIENT_CA', TLS_CLIENT_CA) };
}

/** A certificate and its key, from two settings that belong together. @throws SettingsError */
export function readPair(
  certName: string,
  certPath: string | undefined,
  keyName: string,
  keyPath: string | undefined,
): { readonly cert: Buffer; readonly key: Buffer } | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined) throw new SettingsError(certName, `is not set, but ${keyName} is`);
  if (keyPath === undefined) throw new SettingsError(keyName, `is not set, but ${certName} is`);
  const pair = { cert: readFile(certName, certPath), key: readFile(keyName, keyPath) };
  refuseUnless(certName, `has no PEM certificate that fits the PEM key of ${keyName}`, pair);
  return pair;
}

/** @throws SettingsError */
export function readAuthorities(name: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  const ca = readFile(name, path);
  // OpenSSL takes a file without any certificate for an empty list
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw new SettingsError(name, 'has no PEM certificate');
  refuseUnless(name, 'has no PEM certificates that can be read', { ca });
  return ca;
}

function readFile(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SettingsError(name, `is a path that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** What OpenSSL says of a file may quote it, and it may be a key: only our own words are shown. */
function refuseUnless(
  name: string,
  problem: string,
  context: Parameters<typeof createSecureContext>[0],
): void {
  try {
    createSecureContext(context);
  } catch {
    throw new SettingsError(name, problem);
  }
}
