import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';

export const label = 'rate-limiter-flexible';

/**
 * As its documentation has it for ioredis, without an insurance limiter and without blocks in memory. Several policies are a
 * RateLimiterUnion: all at once, a call each; what one refuses the others have counted.
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
        // What it refuses it rejects.
        isAllowed: () => true,
        isByRedis: () => true,
      };
    },
  };
}
