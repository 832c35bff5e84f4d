import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface RouterOptions {
  /** The target port of a connection, by its number; the first is 0. */
  readonly portOf: (connection: number) => number;
  /** Called with each chunk of requests before it is forwarded. If it returns false, the connection is closed. @default () => true */
  readonly forwards?: (connection: number, chunk: Buffer) => boolean;
}

export interface ConnectionRouter {
  /** The url of the router. */
  readonly url: string;
  /** The number of connections accepted so far. */
  readonly accepted: number;
  stop(): void;
}

/** A TCP server on 127.0.0.1 that forwards each connection to its own port, so that faults can hit a single connection. */
export async function startRouter({ portOf, forwards = () => true }: RouterOptions): Promise<ConnectionRouter> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((client) => {
    const connection = accepted++;
    const upstream = connect(portOf(connection), '127.0.0.1');
    client.on('data', (chunk: Buffer) => {
      if (forwards(connection, chunk)) upstream.write(chunk);
      else client.destroy();
    });
    upstream.on('data', (chunk: Buffer) => void client.write(chunk));
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        peer.end();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
