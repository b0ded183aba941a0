import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that says exactly these bytes. */
export async function rawClient(port: number): Promise<Socket> {
  // one that a spec leaves open holds nobody up
  const socket = connect(port, '127.0.0.1').setNoDelay().unref();
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Everything that the server says until it closes the connection. */
export async function heardUntilClose(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

/** Resolves when the text was heard. */
export function heard(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    socket.on('data', (chunk: Buffer) => {
      all += chunk.toString();
      if (all.includes(text)) resolve(all);
    });
    socket.once('close', () => reject(new Error(`closed before "${text}", after "${all}"`)));
  });
}

export async function exchange(port: number, request: string | Buffer): Promise<string> {
  const socket = await rawClient(port);
  socket.write(request);
  return heardUntilClose(socket);
}

export function problemIn(answer: string): { readonly status: number; readonly code: string } {
  return JSON.parse(answer.slice(answer.lastIndexOf('\r\n\r\n'))) as { status: number; code: string };
}
