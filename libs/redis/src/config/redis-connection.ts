import { isRecord } from '../common/records.js';
import type { RedisConfigOptions } from './redis-config.options.js';
import { RedisConfig } from './redis.config.js';

/** A connection: a URL, its options, or a `RedisConfig`. */
export type RedisConnection = string | RedisConfigOptions | RedisConfig;

/**
 * The configuration of a connection; undefined and `''` are read from the environment. A `RedisConfig` is recognised by
 * its methods, because another copy of this package may have created it.
 * @param path the path of the connection, for errors
 * @throws RedisInfraError OPTION_INVALID with the path of the invalid option
 */
export function toRedisConfig(connection: RedisConnection | undefined, path = ''): RedisConfig {
  if (connection === undefined || connection === '') return RedisConfig.fromEnv();
  if (typeof connection === 'string') return new RedisConfig({ url: connection }, () => path || 'url');
  return isRedisConfig(connection) ? connection : new RedisConfig(connection, path);
}

function isRedisConfig(connection: unknown): connection is RedisConfig {
  return isRecord(connection) && typeof connection.getConnectionParams === 'function';
}
