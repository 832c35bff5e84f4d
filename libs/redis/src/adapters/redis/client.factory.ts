import { Cluster, Redis } from 'ioredis';
import type { RedisConfig } from '../../config/redis.config.js';

/** The ioredis client of a mode. It does not connect by itself, and a password that rotates is not in it: see `refreshPassword`. */
export function createClient(config: RedisConfig): Redis | Cluster {
  if (config.mode === 'cluster') {
    const { nodes, options } = config.getClusterParams();
    return new Cluster(nodes, options);
  }
  return new Redis(config.mode === 'sentinel' ? config.getSentinelParams() : config.getConnectionParams());
}

/**
 * Asks for the password anew before each connect: ioredis reads it from its options then, also when it reconnects by itself.
 * A client that nobody wants any more is not connected; a password that cannot be had fails like a connection that cannot.
 */
export function refreshPassword(client: Redis, config: RedisConfig, isWanted: () => boolean): void {
  const connect = client.connect.bind(client);
  client.connect = async () => {
    const password = await config.resolvePassword().catch((error: unknown) => {
      client.emit('error', error);
      return client.options.password;
    });
    if (!isWanted()) return;
    client.options.password = password;
    await connect();
  };
}
