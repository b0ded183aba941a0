import type { RequestHandler } from 'express';
import type { Site } from './nodes';

const SENDER = /^hooklog\/(.+)$/;

/** Cuts nodes off from the others: what they ask of one another is dropped, and so is what is under way. */
export class Network {
  private readonly sites: Site[] = [];
  private readonly away = new Set<string>();

  /** In front of all that a node answers. */
  guard(node: string): RequestHandler {
    return ({ headers, socket }, _response, next) => {
      const from = SENDER.exec(headers['user-agent'] ?? '')?.[1] ?? node;
      if (this.away.has(from) === this.away.has(node)) next();
      else socket.destroy();
    };
  }

  add(site: Site): void {
    this.sites.push(site);
  }

  cutOff(...nodes: readonly string[]): void {
    for (const node of nodes) this.away.add(node);
    for (const { server } of this.sites) server.closeAllConnections();
  }

  heal(): void {
    this.away.clear();
  }
}
