import { Cluster, Redis } from 'ioredis';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { reconnectDelayMs } from '../../config/reconnect.strategy.js';
import type { RedisConfig } from '../../config/redis.config.js';

/** The ioredis client of a mode. It does not connect by itself, and a password that rotates is not in it: see `refreshPassword`. */
export function createClient(config: RedisConfig): Redis | Cluster {
  if (config.mode === 'cluster') {
    const { nodes, options } = config.getClusterParams();
    return new Cluster(nodes, options);
  }
  return new Redis(config.mode === 'sentinel' ? config.getSentinelParams() : config.getConnectionParams());
}

/** What `refreshPassword` needs to know and tell. */
export interface PasswordWatch {
  /** False for a client that was given up meanwhile: it is not connected. */
  readonly isWanted: () => boolean;
  /** The password could not be had, so this attempt to connect has failed. It is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Asks for the password anew before each connect: ioredis reads it from its options then, also when it reconnects by itself. */
export function refreshPassword(client: Redis, config: RedisConfig, { isWanted, onFailure }: PasswordWatch): void {
  const connect = client.connect.bind(client);
  let failures = 0;
  client.connect = async () => {
    try {
      client.options.password = await inTime(config.resolvePassword(), config.connectTimeoutMs);
    } catch (error) {
      if (!isWanted()) return;
      const again = (): void => void (isWanted() && client.connect().catch(() => {}));
      setTimeout(again, reconnectDelayMs(++failures)).unref();
      return onFailure(error);
    }
    failures = 0;
    if (isWanted()) await connect();
  };
}

/** What takes longer than connecting may take has failed. */
async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RedisInfraError('CONNECTION_FAILED', 'the password function gave no answer in time')),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
