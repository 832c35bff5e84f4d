import { nestSeenFrom } from './nest.mjs';

export const label = '@nestjs/throttler + redis';
export const header = 'x-ratelimit-limit';

/** As the documentation of both has it: ThrottlerGuard for the whole application, the storage with a client of its own. */
export async function open({ host, port, database }, policies) {
  const nest = await nestSeenFrom(import.meta.url);
  const { ThrottlerGuard, ThrottlerModule } = await import('@nestjs/throttler');
  const { ThrottlerStorageRedisService } = await import('@nest-lab/throttler-storage-redis');
  const storage = new ThrottlerStorageRedisService(`redis://${host}:${port}/${database}`);
  // Its single throttler is the one without a name.
  const nameOf = (name) => (policies.length === 1 ? {} : { name });
  const throttlers = policies.map(({ name, limit, seconds }) => ({ ...nameOf(name), limit, ttl: seconds * 1000 }));
  return {
    nest,
    imports: [ThrottlerModule.forRoot({ throttlers, storage })],
    providers: [{ provide: nest.APP_GUARD, useClass: ThrottlerGuard }],
  };
}
