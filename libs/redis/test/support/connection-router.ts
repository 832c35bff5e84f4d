import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface RouterOptions {
  /** The port that the connection with that number (0 is the first) is forwarded to. */
  readonly portOf: (connection: number) => number;
  /** Called with each chunk of requests before it is forwarded; false closes the connection instead. @default everything is forwarded */
  readonly forwards?: (connection: number, chunk: Buffer) => boolean;
}

export interface ConnectionRouter {
  /** A url that leads to the router. */
  readonly url: string;
  /** How many connections it has accepted so far. */
  readonly accepted: number;
  stop(): void;
}

/** A TCP server on 127.0.0.1 that forwards each connection to a port of its own, so that faults can hit one connection only. */
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
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.end();
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
