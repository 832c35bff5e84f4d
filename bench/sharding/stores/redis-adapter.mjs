import { RedisAdapter } from '../../../libs/redis/dist/esm/index.js';

export const label = 'RedisAdapter, one server';

export const open = ([server]) => new RedisAdapter(server, { keyPrefix: 'adapter:' });
