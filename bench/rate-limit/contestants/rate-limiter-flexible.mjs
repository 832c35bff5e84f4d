import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';

export const label = 'rate-limiter-flexible';

/**
 * As in its documentation for ioredis, without an insurance limiter and without in-memory blocks. Several policies are
 * a RateLimiterUnion: concurrent, one call each; a request that one refuses is counted by the others.
 */
export async function open({ host, port }, options = {}) {
  const redis = new Redis({ host, port, enableOfflineQueue: false, ...options });
  redis.on('error', () => {});
  await new Promise((resolve) => redis.once('ready', resolve));
  return {
    limitBy(policies) {
      const limiters = policies.map(
        ({ name, limit, seconds }) =>
          new RateLimiterRedis({ storeClient: redis, keyPrefix: name, points: limit, duration: seconds }),
      );
      const limiter = limiters.length === 1 ? limiters[0] : new RateLimiterUnion(...limiters);
      return {
        consume: (subject) => limiter.consume(subject),
        // It rejects to refuse.
        isAllowed: () => true,
        isByRedis: () => true,
      };
    },
  };
}
