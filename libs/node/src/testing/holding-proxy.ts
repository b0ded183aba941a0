import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A link that can hold back every byte without ending a connection: the node behind it is up, and silent. */
export class HoldingProxy {
  private readonly sockets = new Set<Socket>();
  private held = false;
  /** port of the node behind it */
  target = 0;

  private constructor(private readonly server = createServer()) {
    server.on('connection', (near) => {
      const far = connect(this.target, '127.0.0.1');
      this.join(near, far);
      this.join(far, near);
    });
  }

  static async start(): Promise<HoldingProxy> {
    const proxy = new HoldingProxy();
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.held = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Ends every connection: what is held back is lost. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  release(): void {
    this.held = false;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('data', (chunk: Buffer) => to.write(chunk));
    from
      .on('error', () => undefined)
      .on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    if (this.held) from.pause();
  }
}
