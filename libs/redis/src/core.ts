/**
 * The stores, the cache, the rate limiter and their types. Works without NestJS: everything is made with `new`.
 *
 * @module nestjs-redis-infra/core
 */

export type { Clock } from './common/clock.js';
export { duration, type Duration } from './common/duration.js';
export type { CommandTrace, LoadTrace, RateLimitTrace, TraceResult } from './common/diagnostics/channels.js';
export type { ErrorCode } from './common/error-codes.js';
export {
  RedisInfraError,
  type ErrorContext,
  type Outcome,
  type RedisInfraErrorInit,
} from './common/redis-infra.error.js';
export type { On } from './common/typed-emitter.js';
export type {
  CacheStore,
  CallOptions,
  ClearOptions,
  CodecHost,
  ExpiringCreation,
  KeyScanner,
  MemoryKeyAccess,
  MemoryKeyFacts,
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
export type {
  Acquisition,
  EntryRead,
  EntryStore,
  EntryWrite,
  FailureMark,
  FallbackSource,
  FeedListener,
  FeedSubscription,
  InvalidationFeed,
  InvalidationStatus,
  LeaseRequest,
  RaisedVersions,
  Removal,
  RemoveOptions,
  ScopeVersions,
  StoredRead,
  SweepOptions,
  TagVersion,
  VersionScope,
} from './domain/entry-store.js';
export type {
  CircuitReading,
  HealthSource,
  HealthTarget,
  NodeAnswer,
  NodeReading,
  ServerInfo,
  TargetState,
} from './domain/health-source.js';
export type { LinkState } from './domain/link-state.js';
export type { ShardGroup } from './domain/shard-group.js';
export type { FallbackEvents, FallbackStatus, StoreFallback } from './domain/store-fallback.js';
export type { ApplicationType } from './domain/codec/json/application-types.js';
export type { SecurityCode } from './domain/codec/envelope.codec.js';
export type { CodecOptions } from './domain/codec/codec.options.js';
export type { Decoded, EntryMeta, ValueCodec, ValuePlace } from './domain/value-codec.js';
export type { CompressionAlgorithmName } from './domain/compression/compression-algorithm.js';
export type { CompressionDictionary } from './domain/compression/compression-dictionary.js';
export type { CompressionOptions } from './domain/compression/compression.options.js';
export type { EncryptionOptions } from './domain/encryption/encryption.options.js';
export type { EncryptionKey, KeyProvider } from './domain/encryption/key-provider.js';
export type { ConnectionSummary } from './config/connection-summary.js';
export type { RedisConnection } from './config/redis-connection.js';
export type { PasswordSource, RedisConfigOptions, RedisMode, RedisNode } from './config/redis-config.options.js';
export { RedisConfig } from './config/redis.config.js';
export { MemoryAdapter } from './adapters/memory.adapter.js';
export type { StoreAdapter } from './adapters/store.adapter.js';
export type { MemoryOptions } from './adapters/memory/memory-options.js';
export type { ByteSize } from './common/byte-size.js';
export type { ClientPurpose } from './adapters/exclusive/library-client.factory.js';
export type { ExclusiveConnection } from './adapters/exclusive/pending-lease.js';
export type { AdapterEvents } from './adapters/redis/adapter-events.js';
export type { AdapterStatus } from './adapters/redis/adapter-status.js';
export type { ServerRole } from './adapters/connection/client/server-role.js';
export type { AdapterOptions } from './adapters/redis/adapter-options.js';
export type { ResealOptions, ResealProgress } from './adapters/redis/values/reseal-options.js';
export type { BreakerOptions } from './adapters/resilience/circuit/breaker-options.js';
export type { CircuitName, CircuitState } from './adapters/resilience/circuit/circuit-state.js';
export type { ResilienceOptions } from './adapters/resilience/resilience-options.js';
export type { RetryOptions } from './adapters/resilience/retry/retry-options.js';
export { RedisAdapter } from './adapters/redis.adapter.js';
export type { AcquiredPermit } from './rate-limiter/decision/permit.js';
export type { RateLimiterEvents } from './rate-limiter/rate-limiter.events.js';
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
export { FallbackCache } from './service/fallback/fallback.cache.js';
export type { FallbackOptions } from './service/fallback/fallback-options.js';
export { CleanupService } from './service/cleanup/cleanup.service.js';
export type { CleanupJob, CleanupOptions, CleanupSchedule } from './service/cleanup/cleanup-options.js';
export type { BigKey, CleanupEvents, CleanupOutcome, CleanupReport } from './service/cleanup/cleanup-report.js';
export type { CleanupJobStats, CleanupStats } from './service/cleanup/cleanup-stats.js';
export { FleetLock } from './service/lock/fleet-lock.js';
export type { AcquireOptions, FleetLockOptions } from './service/lock/fleet-lock.options.js';
export type { HeldLock } from './service/lock/held-lock.js';
export { PartialResultError } from './service/sharded/partial-result.error.js';
export { ShardedCache, type KeyLocation, type ShardedCallOptions } from './service/sharded/sharded.cache.js';
export type { ShardClear, ShardedEvents, WithShard } from './service/sharded/sharded-events.js';
export type { OnShardDown, ShardedOptions, ShardLocator } from './service/sharded/sharded-options.js';
export type { MovePlan } from './domain/placement/topology.js';
export type { ReshardOptions } from './service/sharded/reshard/reshard-options.js';
export type { ShardOptions } from './service/sharded/shards/shard-options.js';
export type { CacheEvents, CacheLayer, SkippedChange } from './service/cache/cache-events.js';
export type { CacheOptions } from './service/cache/options/cache-options.js';
export type { EarlyRefresh, EntryOptions } from './service/cache/options/entry-options.js';
export type { SetOptions } from './service/cache/options/set-options.js';
export type { CacheStats } from './service/cache/cache-stats.js';
export type { NearStats } from './service/cache/near/near-copies.js';
export type { Coherence, NearOptions } from './service/cache/near/near-options.js';
export { CacheService } from './service/cache/cache.service.js';
export type { CacheEntry } from './service/cache/operations/cache-entries.js';
export type { FlushReport, Invalidation } from './service/cache/operations/cache-invalidations.js';
export type { FlushOptions, InvalidateTagsOptions } from './service/cache/options/invalidation-options.js';
export type { FallbackChoice, StandaloneOptions } from './service/cache/cache-context.js';
export type { EntryReport } from './service/cache/operations/entry-report.js';
export type { BatchLoadContext, BatchLoader } from './service/cache/loads/batch-load.js';
export type { LoadContext, Loader } from './service/cache/loads/load-context.js';
export type { HealthOptions } from './service/health/health-options.js';
export type { HealthReport, NodeReport, TargetReport } from './service/health/health-report.js';
export type { HealthReason, HealthStatus } from './service/health/health-verdict.js';
export { StoreHealth } from './service/health/store-health.js';
