import type { Redis } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';

/**
 * ioredis connects a node of a cluster at the first command for it, and so in the async context of that command's caller, which the
 * socket and all its events would keep.
 * @see https://github.com/redis/ioredis/blob/main/lib/Redis.ts (`sendCommand` calls `connect` where the status is `wait`)
 */
export function connectOutsideRequests(redis: Redis): void {
  const connect = redis.connect.bind(redis);
  redis.connect = (callback) => outsideRequests(() => connect(callback));
}
