/**
 * The module, the guard, their decorators, and everything of `nestjs-redis-infra/core`.
 *
 * @module nestjs-redis-infra
 */

// An application imports one of the two entries, and the names of both are the same by construction.
// oxlint-disable-next-line oxc/no-barrel-file
export * from './core.js';
export { HttpCache } from './nest/caching/http/http-cache.decorator.js';
export { HttpCacheInterceptor } from './nest/caching/http/http-cache.interceptor.js';
export type { HttpCacheKeyBy, HttpCacheOptions, HttpCacheTags } from './nest/caching/http/http-cache.options.js';
export { Cacheable, CacheEvict, CachePut } from './nest/caching/methods/cache.decorators.js';
export type {
  CacheableOptions,
  CacheEvictOptions,
  CacheKey,
  CachePlaceOptions,
  CachePutOptions,
  CacheTags,
} from './nest/caching/methods/cached-method.options.js';
export type { AsyncMethod, CacheDecorator } from './nest/caching/methods/decorated-method.js';
export { clientAddress } from './nest/rate-limit/http/client-address.js';
export type { CostedDecoratorPolicy } from './nest/rate-limit/policies/costed-decorator-policy.js';
export type { DecoratorPolicy, InlinePolicy, LimitOf } from './nest/rate-limit/policies/inline-policy.js';
export { RateLimitExceptionFilter } from './nest/rate-limit/guard/rate-limit-exception.filter.js';
export {
  RateLimit,
  RateLimitCost,
  RateLimitKey,
  SkipRateLimit,
  type RateLimitDecorator,
  type RateLimitDecoratorOptions,
} from './nest/rate-limit/policies/rate-limit.decorators.js';
export { RateLimitGuard } from './nest/rate-limit/guard/rate-limit.guard.js';
export type { CostOf, SubjectOf } from './nest/rate-limit/policies/rate-limit.metadata.js';
export type { HeaderStyle, RateLimitOptions, SubjectKind } from './nest/rate-limit/policies/rate-limit.options.js';
export type { RateLimitProblem } from './nest/rate-limit/http/rate-limit.problem.js';
export type {
  RedisModuleAsyncOptions,
  RedisModuleClass,
  RedisModuleExisting,
  RedisModuleExtras,
  RedisModuleFactory,
  RedisModuleOptions,
  RedisModuleRegistration,
  RedisOptionsFactory,
} from './nest/redis-module.options.js';
export type { ShardingOptions } from './nest/sharding/sharding-options.js';
export { RedisModule } from './nest/redis.module.js';
export {
  getCacheToken,
  getCleanupToken,
  getRateLimiterToken,
  getRedisToken,
  getShardedCacheToken,
  InjectCache,
  InjectCleanup,
  InjectRateLimiter,
  InjectRedis,
  InjectShardedCache,
} from './nest/tokens/redis.tokens.js';
