import { type Agent, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { SyncError } from '@hooklog/sync-protocol';
import type { PeerAgents } from './peer-access';
import { type Transport, unreachable } from './transport';

/**
 * Straight over node:http, for what comes hundreds of times a second: before a request is on its way axios takes longer
 * about it than a follower takes to read it.
 */
export function directTransport(url: string, agents: PeerAgents): Transport {
  let peer: Peer | undefined;
  return ({ method, target, headers, body }, over) =>
    new Promise((resolve, reject) => {
      peer ??= peerAt(url, agents);
      const { send, agent, hostname, port, prefix } = peer;
      const request = send({ agent, hostname, port, method, path: prefix + target, headers });
      // an end may come without an error: of another protocol there
      const giveUp = (): void => {
        request.destroy();
        reject(new SyncError('PEER_UNREACHABLE', `${url}: closed before it answered`));
      };
      request.once('response', (response) => {
        over.removeEventListener('abort', giveUp);
        request.off('close', giveUp);
        resolve(response);
      });
      request.on('error', (error) => reject(unreachable(url, error)));
      request.on('close', giveUp);
      if (over.aborted) giveUp();
      else over.addEventListener('abort', giveUp);
      request.end(body);
    });
}

interface Peer {
  readonly send: typeof overHttp;
  readonly agent: Agent;
  readonly hostname: string;
  readonly port: string;
  /** of every path: what a proxy in front of the peer takes away */
  readonly prefix: string;
}

function peerAt(url: string, { httpAgent, httpsAgent }: PeerAgents): Peer {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === 'https:';
  return {
    send: secure ? overHttps : overHttp,
    agent: secure ? httpsAgent : httpAgent,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    prefix: pathname.replace(/\/$/, ''),
  };
}
