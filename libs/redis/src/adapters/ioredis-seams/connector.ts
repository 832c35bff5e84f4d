import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

/** Emits an event of the client on behalf of its connector. */
export type ConnectorEmitter = (event: string, error: Error) => void;

/** The part of ioredis that opens the sockets of a client: one for a single server, another for a master that Sentinels name. */
export interface Connector {
  connect(emit: ConnectorEmitter): Promise<Socket>;
  disconnect(): void;
  /** Whether a server with this INFO is the one that was asked for. */
  check(info: { readonly role?: string }): boolean;
}

/**
 * The connector of a client. ioredis keeps it private and emits nothing when it creates a socket, so what happens before the socket is
 * connected (a TLS handshake without an answer, for one) can be observed nowhere else.
 * @returns undefined where ioredis has none: then failures are not explained
 * @see https://github.com/redis/ioredis/blob/v5.4.2/lib/Redis.ts (Redis.connector, connect)
 */
export function connectorOf(redis: Redis): Connector | undefined {
  const connector: unknown = Reflect.get(redis, 'connector');
  return isConnector(connector) ? connector : undefined;
}

/**
 * Calls `handle` with each socket that a client opens, right after it was created.
 *
 * The connector forgets a socket that is closed: ioredis would end it again at a disconnect, and wait for a second `close` on a timer
 * that keeps the process alive for `disconnectTimeout`, for 2 s where a Sentinel was asked.
 * @see https://github.com/redis/ioredis/blob/v5.4.2/lib/connectors/AbstractConnector.ts (disconnect)
 */
export function onSocket(redis: Redis, handle: (socket: Socket) => void): void {
  const connector = connectorOf(redis);
  if (connector === undefined) return;
  const connect = connector.connect.bind(connector);
  connector.connect = async (emit) => {
    const socket = await connect(emit);
    socket.once('close', () => {
      if (Reflect.get(connector, 'stream') === socket) Reflect.set(connector, 'stream', undefined);
    });
    handle(socket);
    return socket;
  };
}

function isConnector(candidate: unknown): candidate is Connector {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    ['connect', 'disconnect', 'check'].every((name) => typeof Reflect.get(candidate, name) === 'function')
  );
}
