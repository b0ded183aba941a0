import { BlockList } from 'node:net';
import { type PeerAccess, RequestSigner } from '@hooklog/http-peer';
import { readAuthorities, readPair } from '@hooklog/service';
import type { NodeSettings } from './settings';

export type AccessSettings = Pick<
  NodeSettings,
  'CLUSTER_SECRET' | 'PEER_ALLOW' | 'PEER_CA' | 'PEER_CERT' | 'PEER_KEY' | 'TLS_CERT' | 'TLS_KEY'
>;

/** How a node with these settings reaches others. @throws SettingsError when a file cannot be read or used */
export function peerAccessOf(settings: AccessSettings, now: () => number): PeerAccess {
  const { CLUSTER_SECRET, PEER_ALLOW, PEER_CA } = settings;
  const signer = CLUSTER_SECRET === undefined ? undefined : new RequestSigner(CLUSTER_SECRET, now);
  const allowed = PEER_ALLOW ?? (signer === undefined ? loopback() : undefined);
  return { signer, allowed, tls: { ca: readAuthorities('PEER_CA', PEER_CA), ...shownPair(settings) } };
}

/** Without a certificate for it a node shows others what it serves with. */
function shownPair({ PEER_CERT, PEER_KEY, TLS_CERT, TLS_KEY }: AccessSettings): ReturnType<typeof readPair> {
  return (
    readPair('PEER_CERT', PEER_CERT, 'PEER_KEY', PEER_KEY) ??
    readPair('TLS_CERT', TLS_CERT, 'TLS_KEY', TLS_KEY)
  );
}

/** Who has no secret can only be reached from here, and so can its peers: anybody on this machine may register. */
function loopback(): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return list;
}
