import { ShardedCache } from '../../../libs/redis/dist/esm/index.js';

export const label = 'ShardedCache';

/** Its defaults: each shard has a fallback. */
export const open = (servers, options = {}) =>
  new ShardedCache(
    servers.map((connection, at) => ({ id: `eu-${at}`, connection })),
    { keyPrefix: `sharded-${servers.length}:`, failFast: true, ...options },
  );
