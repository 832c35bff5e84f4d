/**
 * Seam: `redis.connector` (private): `connect` of the object that opens the sockets of a client. The socket is corked
 * until it is connected.
 * Why: ioredis writes each command of the handshake separately. A server that closes the connection immediately, for
 * example at its `maxclients`, makes the second write fail with EPIPE, and Node.js destroys the socket before the reply
 * with the reason is read.
 * Upstream: ioredis `lib/redis/event_handler.ts` (`connectHandler`).
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Redis } from 'ioredis';
import { isConnectable } from './connector.js';

/** Sends the commands of the handshake in one system call. */
export function corkHandshake(redis: Redis): void {
  const connector: unknown = Reflect.get(redis, 'connector');
  if (!isConnectable(connector)) return;
  const connect = connector.connect.bind(connector);
  connector.connect = async (...args) => {
    const socket = await connect(...args);
    if (socket.connecting) corkUntilConnected(socket);
    return socket;
  };
}

function corkUntilConnected(socket: Socket): void {
  socket.cork();
  const event = socket instanceof TLSSocket ? 'secureConnect' : 'connect';
  socket.once(event, () => setImmediate(() => socket.uncork()));
}
