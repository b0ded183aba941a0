import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly url: string;
  /** connections so far */
  readonly connections: () => number;
  /** Bytes of answers that pass before each connection is cut; Infinity: none is. */
  cutAfter: number;
  /** Changes an answer's bytes on their way; `at` is the offset of the chunk in the answers of its connection. */
  tamper: (chunk: Buffer, at: number) => Buffer;
  close(): Promise<void>;
}

/** Stands between two nodes and cuts or changes what the second one answers. */
export async function startProxy(target: string): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    const both = [near, far];
    const destroy = (): void => both.forEach((socket) => socket.destroy());
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', destroy).on('close', () => {
        sockets.delete(socket);
        destroy();
      });
    }
    near.pipe(far);
    let passed = 0;
    far.on('data', (chunk: Buffer) => {
      const room = proxy.cutAfter - passed;
      near.write(proxy.tamper(chunk.subarray(0, Math.max(0, Math.min(chunk.length, room))), passed));
      passed += chunk.length;
      if (passed >= proxy.cutAfter) near.end(() => near.resetAndDestroy());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: CuttingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    cutAfter: Infinity,
    tamper: (chunk) => chunk,
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
