import { SYSTEM_ENVIRONMENT, type Environment } from '../common/time/environment.js';
import type { InjectionToken, OptionalFactoryDependency, Provider } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { CacheStore } from '../domain/cache-store.js';
import { requireStore } from '../domain/models/is-store.js';
import { MemoryAdapter } from '../adapters/memory.adapter.js';
import { RedisAdapter } from '../adapters/redis.adapter.js';
import { RateLimiter } from '../rate-limiter/rate-limiter.js';
import { CacheService } from '../service/cache/cache.service.js';
import { CacheContext } from '../service/cache/cache-context.js';
import { ShardedCache } from '../service/sharded/sharded.cache.js';
import { InstanceStatistics } from '../service/statistics/instance-statistics.js';
import { CleanupService } from '../service/cleanup/cleanup.service.js';
import { CleanupScheduler } from './cleanup/cleanup.scheduler.js';
import { CachingStartup } from './caching/caching.startup.js';
import { HttpCacheInterceptor } from './caching/http/http-cache.interceptor.js';
import { checkDecoratedNames } from './rate-limit/policies/decorated-names.js';
import { attachPermitInterceptor } from './rate-limit/permits/attach-permit-interceptor.js';
import { RateLimitEngine } from './rate-limit/guard/rate-limit.engine.js';
import { RateLimitGuard } from './rate-limit/guard/rate-limit.guard.js';
import { resolveModuleOptions, type ResolvedModuleOptions } from './redis-module.options.js';
import { RedisLifecycle } from './redis.lifecycle.js';
import { logUntrackedCopies, moduleLogger } from './redis.logs.js';
import {
  getCacheToken,
  getCleanupSchedulerToken,
  getCleanupToken,
  getEnvironmentToken,
  getInstanceToken,
  getRateLimiterToken,
  getRateLimitEngineToken,
  getRedisToken,
  getShardedCacheToken,
  getStatisticsToken,
  getStoreToken,
  OPTIONS,
  RESOLVED_OPTIONS,
} from './tokens/redis.tokens.js';

/** The composition root: the providers of one instance, from the inner to the outer. */
export function redisProviders(name: string | undefined): Provider[] {
  return [
    { provide: RESOLVED_OPTIONS, inject: [OPTIONS], useFactory: resolveModuleOptions },
    { provide: getEnvironmentToken(name), useFactory: () => SYSTEM_ENVIRONMENT },
    ...storeProviders(name),
    {
      provide: getCacheToken(name),
      inject: [getStoreToken(name), RESOLVED_OPTIONS, getEnvironmentToken(name)],
      useFactory: (store: CacheStore, options: ResolvedModuleOptions, environment: Environment) => {
        // Tests may replace the store. Without this check, CacheService would read any other object as connection
        // options and connect.
        requireStore(store, storeLabel(options, name));
        // Each shard has a fallback of its own.
        const fallback = options.sharded === undefined ? options.fallback : false;
        const service = new CacheService(
          CacheContext.create(store, { ...options.cache, fallback }, 'cache', environment),
        );
        logUntrackedCopies(service, moduleLogger(name));
        return service;
      },
    },
    ...rateLimitProviders(name),
    ...cleanupProviders(name),
    ...cachingProviders(),
    {
      provide: getStatisticsToken(name),
      inject: [
        ...eitherStore(name),
        getCacheToken(name),
        getRateLimiterToken(name),
        { token: getCleanupToken(name), optional: true },
      ],
      useFactory: (
        adapter: RedisAdapter | undefined,
        sharded: ShardedCache | undefined,
        cache: CacheService,
        limiter: RateLimiter,
        cleanup: CleanupService | undefined,
      ) => new InstanceStatistics({ name, adapter, sharded, cache, limiter, cleanup }),
    },
    {
      provide: getInstanceToken(name),
      inject: [
        ...eitherStore(name),
        getCleanupSchedulerToken(name),
        getCacheToken(name),
        getRateLimiterToken(name),
        RESOLVED_OPTIONS,
        ModulesContainer,
        RateLimitGuard,
        getEnvironmentToken(name),
      ],
      useFactory: (
        adapter: RedisAdapter | undefined,
        sharded: ShardedCache | undefined,
        cleanup: CleanupScheduler,
        cache: CacheService,
        limiter: RateLimiter,
        options: ResolvedModuleOptions,
        modules: ModulesContainer,
        guard: RateLimitGuard,
        { clock }: Environment,
      ) => new RedisLifecycle({ name, adapter, sharded, cleanup, cache, limiter, options, modules, guard, clock }),
    },
  ];
}

export function redisExports(name: string | undefined): InjectionToken[] {
  const stores = [getRedisToken(name), getShardedCacheToken(name)];
  const services = [getCacheToken(name), getRateLimiterToken(name), getStatisticsToken(name)];
  const cleanup = [getCleanupToken(name), getCleanupSchedulerToken(name)];
  return [...stores, ...services, ...cleanup, RateLimitGuard, HttpCacheInterceptor];
}

/** An instance has one of the two stores: the other is undefined, and nothing may inject it. */
function storeProviders(name: string | undefined): Provider[] {
  return [
    {
      provide: getRedisToken(name),
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ config, keyPrefix, codec, resilience }: ResolvedModuleOptions) =>
        config && new RedisAdapter(config, { keyPrefix, codec, resilience }),
    },
    {
      provide: getShardedCacheToken(name),
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ sharded }: ResolvedModuleOptions) => sharded && new ShardedCache(sharded.shards, sharded.options),
    },
    {
      provide: getStoreToken(name),
      inject: [...eitherStore(name), RESOLVED_OPTIONS],
      useFactory: (adapter: unknown, sharded: unknown, options: ResolvedModuleOptions) =>
        options.sharded === undefined ? adapter : sharded,
    },
  ];
}

/** Optional, as for every provider that works with either store. */
function eitherStore(name: string | undefined): OptionalFactoryDependency[] {
  return [getRedisToken(name), getShardedCacheToken(name)].map((token) => ({ token, optional: true }));
}

/** The name of the store in error messages. */
function storeLabel({ sharded }: ResolvedModuleOptions, name: string | undefined): string {
  const type = sharded === undefined ? 'RedisAdapter' : 'ShardedCache';
  return name === undefined ? type : `${type}(${name})`;
}

/** The guard belongs to no instance: it looks up the engine of the instance that a handler names. */
function rateLimitProviders(name: string | undefined): Provider[] {
  return [
    {
      provide: getRateLimiterToken(name),
      inject: [getStoreToken(name), RESOLVED_OPTIONS, getEnvironmentToken(name)],
      // Tests may replace the store by one without scripts. Limits are then counted in memory.
      useFactory: (given: CacheStore | null | undefined, options: ResolvedModuleOptions, { clock }: Environment) => {
        if (given === null || given === undefined) requireStore(given, storeLabel(options, name));
        const store = given?.can?.scripts === undefined ? new MemoryAdapter({}, clock) : given;
        return new RateLimiter(store, options.rateLimit.limiter, 'rateLimit', clock);
      },
    },
    {
      provide: getRateLimitEngineToken(name),
      inject: [getRateLimiterToken(name), RESOLVED_OPTIONS, ApplicationConfig, ModulesContainer, HttpAdapterHost],
      useFactory: (
        limiter: RateLimiter,
        { rateLimit }: ResolvedModuleOptions,
        config: ApplicationConfig,
        modules: ModulesContainer,
        adapterHost: HttpAdapterHost,
      ) => {
        checkDecoratedNames(modules, name, rateLimit.policies);
        attachPermitInterceptor(modules, name, rateLimit);
        return new RateLimitEngine({ limiter, options: rateLimit, config, modules, adapterHost });
      },
    },
    RateLimitGuard,
  ];
}

/** Without the option `cleanup` the service is undefined, and nothing may inject it. */
function cleanupProviders(name: string | undefined): Provider[] {
  return [
    {
      provide: getCleanupToken(name),
      inject: [getStoreToken(name), RESOLVED_OPTIONS, getEnvironmentToken(name)],
      useFactory: (store: CacheStore, { cleanup }: ResolvedModuleOptions, environment: Environment) =>
        cleanup && new CleanupService(store, cleanup, 'cleanup', environment),
    },
    {
      provide: getCleanupSchedulerToken(name),
      inject: [{ token: getCleanupToken(name), optional: true }],
      useFactory: (cleanup: CleanupService | undefined) => new CleanupScheduler(cleanup, moduleLogger(name)),
    },
  ];
}

/** The decorators belong to no instance: each looks up the cache of the instance that it names. */
function cachingProviders(): Provider[] {
  return [
    {
      provide: CachingStartup,
      inject: [ModulesContainer, ModuleRef],
      useFactory: (modules: ModulesContainer, moduleRef: ModuleRef) => new CachingStartup(modules, moduleRef),
    },
    HttpCacheInterceptor,
  ];
}
