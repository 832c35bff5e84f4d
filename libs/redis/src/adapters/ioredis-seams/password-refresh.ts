/**
 * Seam: `redis.connector` (private), its `connect`, `disconnect` and `firstError`; `redis.condition.auth` and the option
 * `password`.
 * Why: ioredis accepts no function as a password. It copies the option `password` at the beginning of an attempt to
 * connect, which cannot wait: a command that arrives before the attempt has begun fails. The connector may take any time
 * to open the socket, and AUTH is sent after that.
 * Upstream: ioredis `lib/Redis.ts` (`connect`, `sendCommand`) and `lib/redis/event_handler.ts` (`connectHandler`).
 */
import { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { connectorOf, type Connector } from './connector.js';

/**
 * Makes a client read its password before each attempt to connect, its own reconnects included. Commands wait for it in
 * the offline queue. An attempt whose password cannot be read fails with that error, like an attempt whose server cannot
 * be reached. `read` must settle in bounded time.
 * @throws RedisInfraError UNSUPPORTED for a client whose connector is not known
 */
export function refreshPassword(redis: Redis, read: () => Promise<string | undefined>): void {
  const connector = connectorOf(redis);
  if (connector === undefined)
    throw new RedisInfraError('UNSUPPORTED', 'this version of ioredis has no connector, which this package needs');
  const connect = connector.connect.bind(connector);
  const disconnect = connector.disconnect.bind(connector);
  let endWait = (): void => {};
  connector.connect = async (emit) => {
    let isDisconnected = false;
    const disconnected = new Promise<undefined>((resolve) => {
      endWait = () => {
        isDisconnected = true;
        resolve(undefined);
      };
    });
    let password: string | undefined;
    try {
      password = await Promise.race([read(), disconnected]);
    } catch (error) {
      return failedSocket(connector, error);
    }
    if (isDisconnected) return failedSocket(connector, undefined);
    usePassword(redis, password);
    return connect(emit);
  };
  connector.disconnect = () => {
    endWait();
    disconnect();
  };
}

/** Uses a password for the current attempt to connect. */
function usePassword(redis: Redis, password: string | undefined): void {
  const { options, condition } = redis;
  options.password = password;
  if (condition !== null && password !== undefined)
    condition.auth = options.username ? [options.username, password] : password;
}

/**
 * A closed socket. ioredis then emits the error and reconnects, or ends if the client was disconnected. If the connector
 * rejected, the client would end permanently.
 */
function failedSocket(connector: Connector, error: unknown): Socket {
  Reflect.set(connector, 'firstError', error);
  return new Socket().destroy();
}
