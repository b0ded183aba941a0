import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { BlockList } from 'node:net';
import { lookupWithin } from './allowed-addresses';
import type { RequestSigner } from './request-signature';

/** How a node reaches others, and shows that it is one of them. */
export interface PeerAccess {
  /** undefined: there is no secret, nothing is signed */
  readonly signer: RequestSigner | undefined;
  /** addresses that are called; undefined: all */
  readonly allowed?: BlockList | undefined;
  readonly tls?: PeerTls | undefined;
}

/** Each is PEM. */
export interface PeerTls {
  /** authorities of the other nodes' certificates; undefined: those that come with Node */
  readonly ca?: Buffer | undefined;
  /** what this node shows */
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

export interface PeerAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Connections to one peer, kept open between requests. */
export function agentsFor({ allowed, tls }: PeerAccess): PeerAgents {
  const options = { keepAlive: true, ...(allowed && { lookup: lookupWithin(allowed) }) };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent({ ...options, ...tls }) };
}
