import { Cluster, Redis } from 'ioredis';
import type { RedisConfig } from '../../config/redis.config.js';

/** The ioredis client of a mode. It does not connect by itself. @throws what the configuration's password function throws. */
export async function createClient(config: RedisConfig): Promise<Redis | Cluster> {
  const rotating = config.rotatesPassword ? { password: await config.resolvePassword() } : {};
  if (config.mode === 'cluster') {
    const { nodes, options } = config.getClusterParams();
    return new Cluster(nodes, { ...options, redisOptions: { ...options.redisOptions, ...rotating } });
  }
  const params = config.mode === 'sentinel' ? config.getSentinelParams() : config.getConnectionParams();
  return new Redis({ ...params, ...rotating });
}
