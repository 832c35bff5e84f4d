import type { InjectionToken, Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { RedisAdapter } from '../adapters/redis/redis.adapter.js';
import { CacheService } from '../service/cache/cache.service.js';
import { CacheView } from '../service/cache/cache-view.js';
import { resolveModuleOptions, type ResolvedModuleOptions } from './redis-module.options.js';
import { RedisLifecycle } from './redis.lifecycle.js';
import { OPTIONS, RESOLVED_OPTIONS } from './redis.options-token.js';
import { getCacheToken, getInstanceToken, getRedisToken } from './redis.tokens.js';

/** The composition root: what an instance is made of, in the order in which one wraps the other. */
export function redisProviders(name: string | undefined): Provider[] {
  return [
    { provide: RESOLVED_OPTIONS, inject: [OPTIONS], useFactory: resolveModuleOptions },
    {
      provide: getRedisToken(name),
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ config, keyPrefix, codec, resilience }: ResolvedModuleOptions) =>
        new RedisAdapter(config, { keyPrefix, codec, resilience }),
    },
    {
      provide: getCacheToken(name),
      inject: [getRedisToken(name), RESOLVED_OPTIONS],
      useFactory: (adapter: RedisAdapter, { cache }: ResolvedModuleOptions) =>
        new CacheService(CacheView.create(adapter, cache ?? {}, 'cache')),
    },
    {
      provide: getInstanceToken(name),
      inject: [getRedisToken(name), getCacheToken(name), RESOLVED_OPTIONS, ModulesContainer],
      useFactory: (
        adapter: RedisAdapter,
        cache: CacheService,
        options: ResolvedModuleOptions,
        modules: ModulesContainer,
      ) => new RedisLifecycle({ name, adapter, cache, options, modules }),
    },
  ];
}

export function redisExports(name: string | undefined): InjectionToken[] {
  return [getRedisToken(name), getCacheToken(name)];
}
