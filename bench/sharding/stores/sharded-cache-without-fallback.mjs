import * as shardedCache from './sharded-cache.mjs';

export const label = 'ShardedCache, no fallback';

/** Does what a RedisAdapter does. */
export const open = (servers) =>
  shardedCache.open(servers, { fallback: false, keyPrefix: `plain-sharded-${servers.length}:` });
