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

/**
 * Connections to one peer, kept open between requests. An agent finds them by a text of all that they were made with,
 * certificates included, several times for each request: these lead to one place only.
 */
export function agentsFor({ allowed, tls }: PeerAccess): PeerAgents {
  const options = { keepAlive: true, ...(allowed && { lookup: lookupWithin(allowed) }) };
  const httpAgent = new HttpAgent(options);
  const httpsAgent = new HttpsAgent({ ...options, ...tls });
  for (const agent of [httpAgent, httpsAgent]) agent.getName = () => 'peer';
  return { httpAgent, httpsAgent };
}
