import { nestSeenFrom } from './nest.mjs';

// The built package, as an application loads it: sources compiled on the fly would measure the compiler.
const PACKAGE = new URL('../../../libs/redis/dist/esm/index.js', import.meta.url);

export const label = 'RateLimitGuard';
export const header = 'ratelimit';

/** The guard for the whole application, with the default subject (address) and headers. */
export async function open({ host, port, database }, policies) {
  const nest = await nestSeenFrom(PACKAGE);
  const { RateLimitGuard, RedisModule } = await import(PACKAGE.href);
  const own = policies.map(({ name, limit, seconds }) => ({ name, limit, window: `${seconds}s` }));
  return {
    nest,
    imports: [
      RedisModule.forRoot({
        connection: `redis://${host}:${port}/${database}`,
        rateLimit: { policies: own, default: own.map(({ name }) => name) },
      }),
    ],
    providers: [{ provide: nest.APP_GUARD, useClass: RateLimitGuard }],
  };
}
