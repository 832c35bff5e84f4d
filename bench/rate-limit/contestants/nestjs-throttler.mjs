import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';

export const label = '@nestjs/throttler + redis';

/**
 * Only the storage, called as ThrottlerGuard does: one throttler after the other until one refuses, without the hash of
 * each key.
 */
export async function open({ host, port }) {
  const storage = new ThrottlerStorageRedisService(`redis://${host}:${port}`);
  storage.redis.on('error', () => {});
  await storage.redis.ping();
  return {
    limitBy(policies) {
      const throttlers = policies.map(({ name, limit, seconds }) => ({ name, limit, ttl: seconds * 1000 }));
      return {
        async consume(subject) {
          let record;
          for (const { name, limit, ttl } of throttlers) {
            record = await storage.increment(subject, ttl, limit, ttl, name);
            if (record.isBlocked) break;
          }
          return record;
        },
        isAllowed: ({ isBlocked }) => !isBlocked,
        isByRedis: () => true,
      };
    },
  };
}
