import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Redis } from 'ioredis';

/**
 * Makes the handshake one system call. ioredis writes each command of it by itself: where the server closes the connection at once,
 * as one at its `maxclients` does, the second write fails with EPIPE and the socket is destroyed before the reply that says why is
 * read. The connector of a client (`connector`, private) is the only place where the socket is known before it is connected.
 */
export function corkHandshake(redis: Redis): void {
  const connector: unknown = Reflect.get(redis, 'connector');
  if (!isConnector(connector)) return;
  const connect = connector.connect.bind(connector);
  connector.connect = async (...args) => {
    const stream = await connect(...args);
    if (stream.connecting) {
      stream.cork();
      stream.once(stream instanceof TLSSocket ? 'secureConnect' : 'connect', () => setImmediate(() => stream.uncork()));
    }
    return stream;
  };
}

interface Connector {
  connect: (...args: unknown[]) => Promise<Socket>;
}

function isConnector(connector: unknown): connector is Connector {
  return typeof connector === 'object' && connector !== null && 'connect' in connector;
}
