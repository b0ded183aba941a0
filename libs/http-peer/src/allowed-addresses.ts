import { lookup as resolve } from 'node:dns';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import { SyncError } from '@hooklog/sync-protocol';

/** @param address as text, of either family; an IPv4 address within IPv6 counts as what it stands for */
function isAllowed(allowed: BlockList, address: string): boolean {
  return allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * A resolver that gives only allowed addresses to whoever connects. A name is looked at again for each connection, so
 * that one which first stands for an allowed address and then for another one leads nowhere.
 */
export function lookupWithin(allowed: BlockList, look: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    look(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const fit = addresses.filter(({ address }) => isAllowed(allowed, address));
      const [first] = fit;
      if (first === undefined) return callback(notAllowed(hostname), []);
      return options.all ? callback(null, fit) : callback(null, first.address, first.family);
    });
  };
}

/** An address in a URL is connected to without asking any resolver. @throws SyncError `PEER_NOT_ALLOWED` */
export function refuseAddress(allowed: BlockList, url: string): void {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !isAllowed(allowed, host)) throw notAllowed(host);
}

function notAllowed(host: string): SyncError {
  return new SyncError('PEER_NOT_ALLOWED', `PEER_ALLOW has no address of ${host}: it is not called`);
}
