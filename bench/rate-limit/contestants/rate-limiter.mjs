// The built package, as an application loads it: sources compiled on the fly would measure the compiler.
import { RateLimiter, RedisAdapter } from '../../../libs/redis/dist/esm/index.js';

export const label = 'RateLimiter';

/** Default deadline, deny cache and algorithm (gcra). */
export async function open({ host, port }) {
  const adapter = new RedisAdapter(`redis://${host}:${port}`);
  await adapter.connect();
  const limiter = new RateLimiter(adapter);
  return {
    limitBy(policies) {
      const own = policies.map(({ name, limit, seconds }) => ({ name, limit, window: `${seconds}s` }));
      return {
        consume: (subject) => limiter.consume(own, subject),
        isAllowed: ({ allowed }) => allowed,
        isByRedis: ({ source }) => source === 'redis',
      };
    },
  };
}
