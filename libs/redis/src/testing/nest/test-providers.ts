import type { Environment } from '../../common/time/environment.js';
import type { FactoryProvider } from '@nestjs/common';
import { systemClock, type Clock } from '../../common/clock.js';
import { systemTimers } from '../../common/time/timers.js';
import { resolveAdapterOptions } from '../../adapters/redis/adapter-options.js';
import { EmbeddedStore } from '../../adapters/redis/embedded.store.js';
import { RedisAdapter } from '../../adapters/redis.adapter.js';
import { StoreView } from '../../adapters/store.adapter.js';
import type { ResolvedModuleOptions } from '../../nest/redis-module.options.js';
import {
  getEnvironmentToken,
  getRedisToken,
  getShardedCacheToken,
  RESOLVED_OPTIONS,
} from '../../nest/tokens/redis.tokens.js';
import { ShardedCache } from '../../service/sharded/sharded.cache.js';

/** Options of `overrideRedis` and `RedisTestingModule`. */
export interface RedisTestingOptions {
  /**
   * The time of expiries, stale windows and rate limits, for example a `TestClock`. Timeouts of loads keep the timers of
   * the system.
   * @default the clock of the system
   */
  readonly clock?: Clock | undefined;
  /** The `name` of the registration. @default the registration without a name */
  readonly name?: string | undefined;
}

/** The providers of a registration that differ in a test, by their token. */
export function testProviders({ clock = systemClock, name }: RedisTestingOptions): readonly FactoryProvider[] {
  // Zero: no jitter and no early refresh by chance, so values live exactly for their ttl.
  const environment: Environment = { clock, timers: systemTimers, random: () => 0 };
  return [
    {
      provide: getRedisToken(name),
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ keyPrefix, codec, resilience, sharded }: ResolvedModuleOptions) => {
        if (sharded !== undefined) return undefined;
        const store = new EmbeddedStore(resolveAdapterOptions({ keyPrefix, codec, resilience }), clock);
        return new RedisAdapter(new StoreView(store, store.context));
      },
    },
    {
      provide: getShardedCacheToken(name),
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ sharded }: ResolvedModuleOptions) => {
        const embedded = sharded?.shards.map((shard) => ({ ...shard, connection: 'memory://' }));
        return embedded && new ShardedCache(embedded, sharded?.options, environment);
      },
    },
    { provide: getEnvironmentToken(name), useFactory: () => environment },
  ];
}
