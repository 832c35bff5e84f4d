import type { RedisConfigOptions } from './redis-config.options.js';
import { RedisConfig } from './redis.config.js';

/** Wherever a connection is asked for: a url, the options, or a `RedisConfig`. */
export type RedisConnection = string | RedisConfigOptions | RedisConfig;

/**
 * The configuration behind a connection as a caller gave it; undefined and `''` are the environment's.
 * A `RedisConfig` is known by its methods, because another copy of this package may have made it.
 * @param path where the connection stands, for errors
 * @throws RedisInfraError OPTION_INVALID.
 */
export function toRedisConfig(connection: RedisConnection | undefined, path = ''): RedisConfig {
  if (connection === undefined || connection === '') return RedisConfig.fromEnv();
  if (typeof connection === 'string') return new RedisConfig({ url: connection }, () => path || 'url');
  return isRedisConfig(connection) ? connection : new RedisConfig(connection, path);
}

function isRedisConfig(connection: RedisConfigOptions | RedisConfig): connection is RedisConfig {
  return typeof (connection as Partial<RedisConfig> | null)?.getConnectionParams === 'function';
}
