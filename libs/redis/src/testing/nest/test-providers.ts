import type { FactoryProvider, InjectionToken } from '@nestjs/common';
import { systemClock, type Clock } from '../../common/clock.js';
import { resolveAdapterOptions } from '../../adapters/redis/adapter-options.js';
import { EmbeddedStore } from '../../adapters/redis/embedded.store.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import { StoreView } from '../../adapters/store.adapter.js';
import { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import type { ResolvedModuleOptions } from '../../nest/redis-module.options.js';
import { getRateLimiterToken, getRedisToken, RESOLVED_OPTIONS } from '../../nest/tokens/redis.tokens.js';

/** Options of `overrideRedis` and `RedisTestingModule`. */
export interface RedisTestingOptions {
  /** The time of expiries and rate limits, for example a `TestClock`. @default the clock of the system */
  readonly clock?: Clock | undefined;
  /** The `name` of the registration. @default the registration without a name */
  readonly name?: string | undefined;
}

/** The providers of a registration that differ in a test, by their token. */
export function testProviders({ clock = systemClock, name }: RedisTestingOptions): readonly FactoryProvider[] {
  const redis: InjectionToken<RedisAdapter> = getRedisToken(name);
  return [
    {
      provide: redis,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ keyPrefix, codec, resilience }: ResolvedModuleOptions) => {
        const store = new EmbeddedStore(resolveAdapterOptions({ keyPrefix, codec, resilience }), clock);
        return new RedisAdapter(new StoreView(store, store.context));
      },
    },
    {
      provide: getRateLimiterToken(name),
      inject: [redis, RESOLVED_OPTIONS],
      useFactory: (adapter: RedisAdapter, { rateLimit }: ResolvedModuleOptions) =>
        new RateLimiter(adapter, rateLimit.limiter, 'rateLimit', clock),
    },
  ];
}
