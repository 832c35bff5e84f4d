import { nestSeenFrom } from './nest.mjs';

export const label = '@nestjs/throttler + redis';
export const header = 'x-ratelimit-limit';

/** As in the documentation of both: ThrottlerGuard for the whole application, and the storage with its own client. */
export async function open({ host, port, database }, policies) {
  const nest = await nestSeenFrom(import.meta.url);
  const { ThrottlerGuard, ThrottlerModule } = await import('@nestjs/throttler');
  const { ThrottlerStorageRedisService } = await import('@nest-lab/throttler-storage-redis');
  const storage = new ThrottlerStorageRedisService(`redis://${host}:${port}/${database}`);
  // Its only throttler is the unnamed one.
  const nameOf = (name) => (policies.length === 1 ? {} : { name });
  const throttlers = policies.map(({ name, limit, seconds }) => ({ ...nameOf(name), limit, ttl: seconds * 1000 }));
  return {
    nest,
    imports: [ThrottlerModule.forRoot({ throttlers, storage })],
    providers: [{ provide: nest.APP_GUARD, useClass: ThrottlerGuard }],
  };
}
