/**
 * Seam: `client.connect`, and the option `password`, which ioredis reads at each attempt to connect.
 * Why: ioredis accepts no function as a password, so a token that rotates would be out of date at the next reconnect.
 * Upstream: ioredis `lib/Redis.ts` (`connect` copies `options.password` into `condition.auth`).
 */
import type { Cluster, Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { reconnectDelayMs } from '../../config/reconnect.strategy.js';

/** The callbacks of `refreshPassword` and `refreshBeforeConnect`. */
export interface PasswordWatch {
  /** Returns false for a client that was replaced or closed, which must not connect. */
  readonly isCurrent: () => boolean;
  /**
   * Called when an attempt to connect fails because the password function failed. The next attempt follows by itself.
   */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Makes the client of one server read its password from `read` before each attempt to connect, its own reconnects
 * included. The password may take `timeoutMs` milliseconds.
 */
export function refreshPassword(
  redis: Redis,
  read: () => Promise<string | undefined>,
  timeoutMs: number,
  watch: PasswordWatch,
): void {
  const refresh = async (): Promise<void> => {
    redis.options.password = await withinTimeout(read(), timeoutMs);
  };
  refreshBeforeConnect(redis, refresh, watch);
}

/**
 * Makes a client call `refresh` before each attempt to connect. An attempt whose refresh rejects fails, and another one
 * follows.
 */
export function refreshBeforeConnect(
  client: Redis | Cluster,
  refresh: () => Promise<unknown>,
  { isCurrent, onFailure }: PasswordWatch,
): void {
  const connect = client.connect.bind(client);
  let failures = 0;
  client.connect = async () => {
    try {
      await refresh();
    } catch (error) {
      if (!isCurrent()) return;
      const retry = (): void => void (isCurrent() && client.connect().catch(() => {}));
      setTimeout(retry, reconnectDelayMs(++failures)).unref();
      return onFailure(error);
    }
    failures = 0;
    if (isCurrent()) await connect();
  };
}

/**
 * The password, if it arrives within `timeoutMs` milliseconds.
 * @throws RedisInfraError CONNECTION_FAILED when it does not
 */
export async function withinTimeout<T>(password: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RedisInfraError('CONNECTION_FAILED', `the password function did not settle in ${timeoutMs} ms`)),
      timeoutMs,
    );
    // A pending password must not keep the process alive.
    timer.unref();
  });
  try {
    return await Promise.race([password, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
