import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Nodes say who they are in each request to another node. */
const SENDER = /^user-agent: hooklog\/(\S+)\r$/im;

/**
 * The way to one node, for the others: its URL is what they are told of that node. It knows who connects, so that it
 * can be cut for one of them while the rest still get through.
 */
export class Link {
  private readonly refused = new Set<string>();
  private readonly open = new Map<Socket, string>();

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (near) => this.admit(near));
  }

  /** @param target port of the node */
  static async start(target: number): Promise<Link> {
    const link = new Link(createServer(), target);
    link.server.listen(0, '127.0.0.1');
    await once(link.server, 'listening');
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Nothing of this node comes through any longer, in either direction. */
  cut(node: string): void {
    this.refused.add(node);
    for (const [socket, sender] of this.open) if (sender === node) socket.destroy();
  }

  heal(): void {
    this.refused.clear();
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.open.keys()) socket.destroy();
    await once(this.server, 'close');
  }

  private admit(near: Socket): void {
    this.open.set(near, '');
    near.on('error', () => undefined).on('close', () => this.open.delete(near));
    near.once('data', (first: Buffer) => {
      near.pause();
      const sender = SENDER.exec(first.toString('latin1'))?.[1] ?? '';
      if (this.refused.has(sender)) return near.destroy();
      this.open.set(near, sender);
      this.join(near, first);
      return near;
    });
  }

  private join(near: Socket, first: Buffer): void {
    const far = connect(this.target, '127.0.0.1');
    far.on('error', () => undefined).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    far.write(first);
    near.pipe(far);
    far.pipe(near);
  }
}
