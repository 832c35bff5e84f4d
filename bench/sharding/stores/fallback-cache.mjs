import { FallbackCache, RedisAdapter } from '../../../libs/redis/dist/esm/index.js';

export const label = 'FallbackCache, one server';

export const open = ([server]) => new FallbackCache(new RedisAdapter(server, { keyPrefix: 'fallback:' }));
