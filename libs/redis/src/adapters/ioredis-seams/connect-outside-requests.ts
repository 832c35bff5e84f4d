/**
 * Seam: `redis.connect` of the nodes of a cluster and of their copies.
 * Why: ioredis connects a node when the first command for it arrives, so the socket and all its events would run in the
 * async context of that command's caller.
 * Upstream: ioredis `lib/Redis.ts` (`sendCommand` calls `connect` while the status is `wait`).
 */
import type { Redis } from 'ioredis';
import { outsideRequests } from '../../common/async-context.js';

/** Makes a client connect outside the async context of any request. */
export function connectOutsideRequests(redis: Redis): void {
  const connect = redis.connect.bind(redis);
  redis.connect = (callback) => outsideRequests(() => connect(callback));
}
