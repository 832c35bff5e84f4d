/**
 * The module, the stores, the cache, the rate limiter and their types.
 *
 * @module nestjs-redis-infra
 */

export { duration, type Duration } from './common/duration.js';
export type { ErrorCode } from './common/error-codes.js';
export { RedisInfraError, type ErrorContext, type Outcome } from './common/redis-infra.error.js';
export type { On } from './common/typed-emitter.js';
export type {
  CacheStore,
  CallOptions,
  ClearOptions,
  CodecHost,
  ExpiringCreation,
  KeyScanner,
  LinkState,
  ScanBatch,
  ScanOptions,
  ScriptArg,
  ScriptDefinition,
  ScriptHost,
  ScriptMemory,
  ServerIdentity,
  SetEntry,
  StoreCapabilities,
  StoreLink,
} from './domain/cache-store.js';
export type { ApplicationType } from './domain/codec/json/application-types.js';
export type { CodecOptions } from './domain/codec/codec.options.js';
export type { Decoded, EntryMeta, ValueCodec, ValuePlace } from './domain/value-codec.js';
export type { CompressionDictionary } from './domain/compression/compression-dictionary.js';
export type { CompressionOptions } from './domain/compression/compression.options.js';
export type { EncryptionOptions } from './domain/encryption/encryption.options.js';
export type { EncryptionKey, KeyProvider } from './domain/encryption/key-provider.js';
export type { RedisConnection } from './config/redis-connection.js';
export type { PasswordSource, RedisConfigOptions, RedisMode, RedisNode } from './config/redis-config.options.js';
export { RedisConfig } from './config/redis.config.js';
export { MemoryAdapter } from './adapters/memory/memory.adapter.js';
export type { ByteSize, MemoryOptions } from './adapters/memory/memory-options.js';
export type { ClientPurpose } from './adapters/exclusive/library-clients.js';
export type { ExclusiveConnection } from './adapters/exclusive/pending-lease.js';
export type { AdapterEvents, AdapterStatus } from './adapters/redis/adapter-backend.js';
export type { ServerRole } from './adapters/connection/client/server-role.js';
export type { AdapterOptions } from './adapters/redis/adapter-options.js';
export type { ResealOptions, ResealProgress } from './adapters/redis/resealing.js';
export type { BreakerOptions } from './adapters/resilience/circuit/breaker-options.js';
export type { CircuitName, CircuitState } from './adapters/resilience/circuit/circuit-state.js';
export type { ResilienceOptions } from './adapters/resilience/resilience-options.js';
export type { RetryOptions } from './adapters/resilience/retry/retry-options.js';
export { RedisAdapter } from './adapters/redis/redis.adapter.js';
export type { AcquiredPermit, RateLimiterEvents } from './rate-limiter/limiter-core.js';
export type { DecisionSource, PolicyDecision, RateLimitDecision } from './rate-limiter/policy/rate-limit-decision.js';
export type {
  CalendarWindow,
  LeaseOptions,
  CostedPolicy,
  ListedPolicy,
  Policies,
  RateLimitAlgorithm,
  RateLimitPolicy,
} from './rate-limiter/policy/rate-limit-policy.js';
export { RateLimitedError } from './rate-limiter/rate-limited.error.js';
export { RateLimiter, type ConsumeOptions, type WaitOptions } from './rate-limiter/rate-limiter.js';
export type { OnLimiterError, RateLimiterOptions } from './rate-limiter/policy/rate-limiter-options.js';
export type { CacheEvents, SkippedChange } from './service/cache/cache-events.js';
export type { CacheOptions, EntryOptions, SetOptions } from './service/cache/cache-options.js';
export type { CacheStats } from './service/cache/cache-stats.js';
export { CacheService, type CacheEntry, type FlushReport } from './service/cache/cache.service.js';
export type { StandaloneOptions } from './service/cache/cache-context.js';
export type { EntryReport } from './service/cache/entry-report.js';
export type { LoadContext, Loader } from './service/cache/load-context.js';
export { clientAddress } from './nest/rate-limit/http/client-address.js';
export type { CostedDecoratorPolicy } from './nest/rate-limit/policies/costed-decorator-policy.js';
export type { DecoratorPolicy, InlinePolicy, LimitOf } from './nest/rate-limit/policies/inline-policy.js';
export { RateLimitExceptionFilter } from './nest/rate-limit/guard/rate-limit-exception.filter.js';
export {
  RateLimit,
  RateLimitCost,
  RateLimitKey,
  SkipRateLimit,
  type RateLimitDecoratorOptions,
} from './nest/rate-limit/policies/rate-limit.decorators.js';
export { RateLimitGuard } from './nest/rate-limit/guard/rate-limit.guard.js';
export type { CostOf, SubjectOf } from './nest/rate-limit/policies/rate-limit.metadata.js';
export type { HeaderStyle, RateLimitOptions, SubjectKind } from './nest/rate-limit/policies/rate-limit.options.js';
export type { RateLimitProblem } from './nest/rate-limit/http/rate-limit.problem.js';
export type {
  RedisModuleAsyncOptions,
  RedisModuleExtras,
  RedisModuleOptions,
  RedisOptionsFactory,
} from './nest/redis-module.options.js';
export { RedisModule } from './nest/redis.module.js';
export {
  getCacheToken,
  getRateLimiterToken,
  getRedisToken,
  InjectCache,
  InjectRateLimiter,
  InjectRedis,
} from './nest/tokens/redis.tokens.js';
