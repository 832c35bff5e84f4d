/**
 * Seam: `redis.connector` (private): `connect`, `disconnect`, `check` and `stream` of the object that opens the sockets
 * of a client.
 * Why: ioredis emits no event when it creates a socket, so failures before the socket is connected (a TLS handshake
 * without an answer, for example) cannot be observed anywhere else. The connector also keeps a closed socket: a later
 * disconnect ends it again and waits for its second `close` on a timer that keeps the process alive for
 * `disconnectTimeout`.
 * Upstream: ioredis `lib/Redis.ts` (`connect`) and `lib/connectors/AbstractConnector.ts` (`disconnect`).
 */
import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

/** Emits an event of the client on behalf of its connector. */
export type ConnectorEmitter = (event: string, error: Error) => void;

/**
 * The object of ioredis that opens the sockets of a client. One class connects to a server, another asks Sentinels for
 * the master.
 */
export interface Connector {
  connect(emit: ConnectorEmitter): Promise<Socket>;
  disconnect(): void;
  /** Whether a server with this INFO has the role that the client needs. */
  check(info: { readonly role?: string }): boolean;
}

/** The part of a connector that `corkHandshake` needs. */
interface Connectable {
  connect: (...args: unknown[]) => Promise<Socket>;
}

/** The connector of a client; undefined where ioredis has none, so that its failures keep the text of the system. */
export function connectorOf(redis: Redis): Connector | undefined {
  const connector: unknown = Reflect.get(redis, 'connector');
  return isConnector(connector) ? connector : undefined;
}

/** Calls `handle` with each new socket of a client. */
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

/** Whether an object opens sockets, which is all that `corkHandshake` needs. */
export function isConnectable(candidate: unknown): candidate is Connectable {
  return typeof candidate === 'object' && candidate !== null && 'connect' in candidate;
}

function isConnector(candidate: unknown): candidate is Connector {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    ['connect', 'disconnect', 'check'].every((name) => typeof Reflect.get(candidate, name) === 'function')
  );
}
