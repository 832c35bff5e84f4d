import { SYSTEM_ENVIRONMENT, type Environment } from '../common/time/environment.js';
import type { InjectionToken, Provider } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { requireStore } from '../domain/models/is-store.js';
import { MemoryAdapter } from '../adapters/memory.adapter.js';
import { RedisAdapter } from '../adapters/redis.adapter.js';
import { RateLimiter } from '../rate-limiter/rate-limiter.js';
import { CacheService } from '../service/cache/cache.service.js';
import { CacheContext } from '../service/cache/cache-context.js';
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
  getEnvironmentToken,
  getInstanceToken,
  getRateLimiterToken,
  getRateLimitEngineToken,
  getRedisToken,
  OPTIONS,
  RESOLVED_OPTIONS,
} from './tokens/redis.tokens.js';

/** The composition root: the providers of one instance, from the inner to the outer. */
export function redisProviders(name: string | undefined): Provider[] {
  return [
    { provide: RESOLVED_OPTIONS, inject: [OPTIONS], useFactory: resolveModuleOptions },
    { provide: getEnvironmentToken(name), useFactory: () => SYSTEM_ENVIRONMENT },
    {
      provide: getRedisToken(name),
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ config, keyPrefix, codec, resilience }: ResolvedModuleOptions) =>
        new RedisAdapter(config, { keyPrefix, codec, resilience }),
    },
    {
      provide: getCacheToken(name),
      inject: [getRedisToken(name), RESOLVED_OPTIONS, getEnvironmentToken(name)],
      useFactory: (adapter: RedisAdapter, { cache, fallback }: ResolvedModuleOptions, environment: Environment) => {
        // Tests may replace the adapter. Without this check, CacheService would read any other object as connection
        // options and connect.
        requireStore(adapter, adapterLabel(name));
        const service = new CacheService(CacheContext.create(adapter, { ...cache, fallback }, 'cache', environment));
        logUntrackedCopies(service, moduleLogger(name));
        return service;
      },
    },
    ...rateLimitProviders(name),
    ...cachingProviders(),
    {
      provide: getInstanceToken(name),
      inject: [
        getRedisToken(name),
        getCacheToken(name),
        getRateLimiterToken(name),
        RESOLVED_OPTIONS,
        ModulesContainer,
        RateLimitGuard,
        getEnvironmentToken(name),
      ],
      useFactory: (
        adapter: RedisAdapter,
        cache: CacheService,
        limiter: RateLimiter,
        options: ResolvedModuleOptions,
        modules: ModulesContainer,
        guard: RateLimitGuard,
        { clock }: Environment,
      ) => new RedisLifecycle({ name, adapter, cache, limiter, options, modules, guard, clock }),
    },
  ];
}

export function redisExports(name: string | undefined): InjectionToken[] {
  return [getRedisToken(name), getCacheToken(name), getRateLimiterToken(name), RateLimitGuard, HttpCacheInterceptor];
}

/** The name of the adapter in error messages. */
function adapterLabel(name: string | undefined): string {
  return name === undefined ? 'RedisAdapter' : `RedisAdapter(${name})`;
}

function runsScripts(adapter: RedisAdapter | null | undefined, name: string | undefined): boolean {
  if (adapter === null || adapter === undefined) requireStore(adapter, adapterLabel(name));
  return adapter?.can?.scripts !== undefined;
}

/** The guard belongs to no instance: it looks up the engine of the instance that a handler names. */
function rateLimitProviders(name: string | undefined): Provider[] {
  return [
    {
      provide: getRateLimiterToken(name),
      inject: [getRedisToken(name), RESOLVED_OPTIONS, getEnvironmentToken(name)],
      // Tests may replace the adapter by a store without scripts. Limits are then counted in memory.
      useFactory: (adapter: RedisAdapter, { rateLimit }: ResolvedModuleOptions, { clock }: Environment) => {
        const store = runsScripts(adapter, name) ? adapter : new MemoryAdapter({}, clock);
        return new RateLimiter(store, rateLimit.limiter, 'rateLimit', clock);
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
