import { ADAPTER_DEFAULTS, ADAPTER_OPTIONS, resolveAdapterOptions } from '../../src/adapters/redis/adapter-options.js';
import { MemoryAdapter } from '../../src/adapters/memory.adapter.js';
import { BREAKER_DEFAULTS } from '../../src/adapters/resilience/circuit/breaker-options.js';
import { RESILIENCE_DEFAULTS } from '../../src/adapters/resilience/resilience-options.js';
import { RETRY_DEFAULTS } from '../../src/adapters/resilience/retry/retry-options.js';
import { MEMORY_DEFAULTS, MEMORY_OPTIONS, resolveMemoryOptions } from '../../src/adapters/memory/memory-options.js';
import { REDIS_CONFIG_DEFAULTS } from '../../src/config/redis-config.options.js';
import { RedisConfig } from '../../src/config/redis.config.js';
import { CODEC_DEFAULTS, CODEC_OPTIONS, resolveCodecOptions } from '../../src/domain/codec/codec.options.js';
import {
  COMPRESSION_DEFAULTS,
  COMPRESSION_OPTIONS,
  resolveCompressionOptions,
} from '../../src/domain/compression/compression.options.js';
import {
  ENCRYPTION_DEFAULTS,
  ENCRYPTION_OPTIONS,
  resolveEncryptionOptions,
} from '../../src/domain/encryption/encryption.options.js';
import { HttpCache } from '../../src/nest/caching/http/http-cache.decorator.js';
import { HTTP_CACHE_DEFAULTS, HTTP_CACHE_OPTIONS } from '../../src/nest/caching/http/http-cache.options.js';
import { Cacheable, CacheEvict, CachePut } from '../../src/nest/caching/methods/cache.decorators.js';
import {
  CACHE_EVICT_DEFAULTS,
  CACHE_EVICT_OPTIONS,
  CACHE_PUT_OPTIONS,
  CACHEABLE_OPTIONS,
} from '../../src/nest/caching/methods/cached-method.options.js';
import { RateLimit } from '../../src/nest/rate-limit/policies/rate-limit.decorators.js';
import {
  RATE_LIMIT_DEFAULTS,
  RATE_LIMIT_OPTIONS,
  resolveRateLimitOptions,
} from '../../src/nest/rate-limit/policies/rate-limit.options.js';
import { checkMetricsOptions, METRICS_OPTIONS } from '../../src/nest/metrics/metrics.options.js';
import { checkTelemetryOptions, TELEMETRY_OPTIONS } from '../../src/nest/telemetry/telemetry.options.js';
import { MODULE_DEFAULTS, resolveModuleOptions } from '../../src/nest/redis-module.options.js';
import { compilePolicy, POLICY_DEFAULTS, POLICY_OPTIONS } from '../../src/rate-limiter/policy/compiled-policy.js';
import { LEASE_DEFAULTS, LEASE_OPTIONS, resolveLease } from '../../src/rate-limiter/policy/lease-options.js';
import type { RateLimitPolicy } from '../../src/rate-limiter/policy/rate-limit-policy.js';
import {
  resolveThrottlerOptions,
  THROTTLER_DEFAULTS,
  THROTTLER_OPTIONS,
} from '../../src/rate-limiter/throttler/throttler-storage.options.js';
import { HEALTH_DEFAULTS, resolveHealthOptions } from '../../src/service/health/health-options.js';
import { CacheService } from '../../src/service/cache/cache.service.js';
import { CACHE_DEFAULTS, CACHE_OPTIONS, resolveCacheOptions } from '../../src/service/cache/options/cache-options.js';
import { ENTRY_OPTIONS, resolveEntryOptions } from '../../src/service/cache/options/entry-options.js';
import {
  FLUSH_DEFAULTS,
  INVALIDATE_TAGS_DEFAULTS,
  resolveFlushOptions,
  resolveInvalidateTagsOptions,
} from '../../src/service/cache/options/invalidation-options.js';
import { resolveSetOptions, SET_OPTIONS } from '../../src/service/cache/options/set-options.js';
import { NEAR_DEFAULTS, NEAR_OPTIONS, resolveNear } from '../../src/service/cache/near/near-options.js';
import {
  FALLBACK_DEFAULTS,
  FALLBACK_OPTIONS,
  resolveFallbackOptions,
} from '../../src/service/fallback/fallback-options.js';
import { resolveShardedOptions, SHARDED_DEFAULTS, SHARDED_OPTIONS } from '../../src/service/sharded/sharded-options.js';
import { resolveShards, SHARD_DEFAULTS, SHARD_OPTIONS } from '../../src/service/sharded/shards/shard-options.js';
import { KEYV_STORE_DEFAULTS, KEYV_STORE_OPTIONS, KeyvStore } from '../../src/service/keyv/keyv.store.js';

const UNKNOWN = { surely_no_option: 1 };

const { sentinelPort: _, ...CONNECTION_DEFAULTS } = REDIS_CONFIG_DEFAULTS;
const RESOLVED_DEFAULTS = resolveCacheOptions({}, '');
const OWN_CACHE_OPTIONS = CACHE_OPTIONS.filter((name) => !ENTRY_OPTIONS.includes(name));
const OWN_ENTRY_OPTIONS = ENTRY_OPTIONS.filter((name) => !SET_OPTIONS.includes(name));

const OWN_SHARDED_OPTIONS = SHARDED_OPTIONS.filter((name) => !ADAPTER_OPTIONS.some((own) => own === name));

/** The defaults of some options of a cache. */
function cacheDefaults(names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(CACHE_DEFAULTS).filter(([name]) => names.includes(name)));
}

/** The options of a table in the documents. */
export interface Documented {
  readonly title: string;
  /** Which of the tables under the title. @default the first */
  readonly table?: number;
  /** Refuses an option that it does not know, and names those that it does. */
  readonly refuse: () => unknown;
  /** Options that another table documents. @default none */
  readonly elsewhere?: readonly string[];
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** The tables of options, by their titles. */
export const TABLES: readonly Documented[] = [
  {
    title: 'Options of the module',
    refuse: () => resolveModuleOptions(UNKNOWN as object),
    defaults: { ...ADAPTER_DEFAULTS, ...MODULE_DEFAULTS },
  },
  { title: 'Connection options', refuse: () => new RedisConfig(UNKNOWN as object), defaults: CONNECTION_DEFAULTS },
  {
    title: 'Options of the cache',
    refuse: () => resolveCacheOptions(UNKNOWN as object, ''),
    elsewhere: ENTRY_OPTIONS,
    defaults: cacheDefaults(OWN_CACHE_OPTIONS),
  },
  {
    title: 'Options of a cache without the module',
    refuse: () => new CacheService('memory://', UNKNOWN as object),
    elsewhere: CACHE_OPTIONS,
    defaults: { keyPrefix: ADAPTER_DEFAULTS.keyPrefix },
  },
  {
    title: 'Options of the fallback',
    refuse: () => resolveFallbackOptions(UNKNOWN as object, 'fallback'),
    defaults: FALLBACK_DEFAULTS,
  },
  {
    title: 'Options of health checks',
    refuse: () => resolveHealthOptions(UNKNOWN as object),
    defaults: HEALTH_DEFAULTS,
  },
  {
    title: 'Options of a shard',
    refuse: () => resolveShards([{ id: 'eu-1', connection: 'memory://', ...UNKNOWN }]),
    defaults: SHARD_DEFAULTS,
  },
  {
    title: 'Options of ShardedCache',
    refuse: () => resolveShardedOptions(UNKNOWN as object),
    elsewhere: ADAPTER_OPTIONS,
    defaults: SHARDED_DEFAULTS,
  },
  {
    title: 'Options of set',
    refuse: () => resolveSetOptions(UNKNOWN as object, RESOLVED_DEFAULTS),
    defaults: cacheDefaults(SET_OPTIONS),
  },
  {
    title: 'Options of getOrSet',
    refuse: () => resolveEntryOptions(UNKNOWN as object, RESOLVED_DEFAULTS),
    elsewhere: SET_OPTIONS,
    defaults: cacheDefaults(OWN_ENTRY_OPTIONS),
  },
  { title: 'Options of near', refuse: () => resolveNear(UNKNOWN as object, 'near'), defaults: NEAR_DEFAULTS },
  { title: 'Options of flush', refuse: () => resolveFlushOptions(UNKNOWN), defaults: FLUSH_DEFAULTS },
  {
    title: 'Options of invalidateTags',
    refuse: () => resolveInvalidateTagsOptions(UNKNOWN),
    defaults: INVALIDATE_TAGS_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    refuse: () => resolveAdapterOptions(UNKNOWN as object),
    defaults: ADAPTER_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    table: 1,
    refuse: () => resolveAdapterOptions({ resilience: UNKNOWN as object }),
    defaults: RESILIENCE_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    table: 2,
    refuse: () => resolveAdapterOptions({ resilience: { retry: UNKNOWN as object } }),
    defaults: RETRY_DEFAULTS,
  },
  {
    title: 'Options of the adapter',
    table: 3,
    refuse: () => resolveAdapterOptions({ resilience: { breaker: UNKNOWN as object } }),
    defaults: BREAKER_DEFAULTS,
  },
  {
    title: 'Options of the embedded store',
    refuse: () => resolveMemoryOptions(UNKNOWN as object),
    defaults: MEMORY_DEFAULTS,
  },
  { title: 'Options of the codec', refuse: () => resolveCodecOptions(UNKNOWN as object), defaults: CODEC_DEFAULTS },
  {
    title: 'Options of compression',
    refuse: () => resolveCompressionOptions(UNKNOWN as object),
    defaults: COMPRESSION_DEFAULTS,
  },
  {
    title: 'Options of encryption',
    refuse: () => resolveEncryptionOptions(UNKNOWN as object),
    defaults: ENCRYPTION_DEFAULTS,
  },
  {
    title: 'Options of the decorator',
    refuse: () => RateLimit([{ limit: 1, window: '1m' }], UNKNOWN as object),
    defaults: { extend: false },
  },
  {
    title: 'Options of Cacheable',
    refuse: () => Cacheable(UNKNOWN as object),
    elsewhere: ENTRY_OPTIONS,
    defaults: {},
  },
  {
    title: 'Options of CachePut',
    refuse: () => CachePut(UNKNOWN as object as { key: string }),
    elsewhere: ENTRY_OPTIONS,
    defaults: {},
  },
  {
    title: 'Options of CacheEvict',
    refuse: () => CacheEvict(UNKNOWN as object),
    defaults: CACHE_EVICT_DEFAULTS,
  },
  {
    title: 'Options of HttpCache',
    refuse: () => HttpCache(UNKNOWN as object),
    elsewhere: ENTRY_OPTIONS,
    defaults: HTTP_CACHE_DEFAULTS,
  },
  {
    title: 'Options of rate limiting',
    refuse: () => resolveRateLimitOptions(UNKNOWN as object, 'rateLimit'),
    defaults: RATE_LIMIT_DEFAULTS,
  },
  {
    title: 'Options of a policy',
    refuse: () => compilePolicy(UNKNOWN as object as RateLimitPolicy, ''),
    defaults: POLICY_DEFAULTS,
  },
  {
    title: 'Options of a lease',
    refuse: () => resolveLease(UNKNOWN as object, { burst: 10, windowMs: 1000 }, 'lease'),
    defaults: LEASE_DEFAULTS,
  },
  {
    title: 'Options of KeyvStore',
    refuse: () => new KeyvStore(new MemoryAdapter(), UNKNOWN as object),
    defaults: KEYV_STORE_DEFAULTS,
  },
  {
    title: 'Options of RedisThrottlerStorage',
    refuse: () => resolveThrottlerOptions(UNKNOWN as object),
    defaults: THROTTLER_DEFAULTS,
  },
  {
    title: 'Options of RedisMetricsModule',
    refuse: () => checkMetricsOptions(UNKNOWN as object),
    defaults: {},
  },
  {
    title: 'Options of RedisTelemetry',
    refuse: () => checkTelemetryOptions(UNKNOWN as object),
    defaults: {},
  },
];

/** Options whose names the code exports as a list. */
export const LISTED: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Options of the cache', OWN_CACHE_OPTIONS],
  ['Options of set', SET_OPTIONS],
  ['Options of getOrSet', OWN_ENTRY_OPTIONS],
  ['Options of near', NEAR_OPTIONS],
  ['Options of the fallback', FALLBACK_OPTIONS],
  ['Options of a shard', SHARD_OPTIONS],
  ['Options of ShardedCache', OWN_SHARDED_OPTIONS],
  ['Options of the adapter', ADAPTER_OPTIONS],
  ['Options of the embedded store', MEMORY_OPTIONS],
  ['Options of the codec', CODEC_OPTIONS],
  ['Options of compression', COMPRESSION_OPTIONS],
  ['Options of encryption', ENCRYPTION_OPTIONS],
  ['Options of rate limiting', RATE_LIMIT_OPTIONS],
  ['Options of a policy', POLICY_OPTIONS],
  ['Options of a lease', LEASE_OPTIONS],
  ['Options of Cacheable', CACHEABLE_OPTIONS],
  ['Options of CachePut', CACHE_PUT_OPTIONS],
  ['Options of CacheEvict', CACHE_EVICT_OPTIONS],
  ['Options of HttpCache', HTTP_CACHE_OPTIONS],
  ['Options of KeyvStore', KEYV_STORE_OPTIONS],
  ['Options of RedisThrottlerStorage', THROTTLER_OPTIONS],
  ['Options of RedisMetricsModule', METRICS_OPTIONS],
  ['Options of RedisTelemetry', TELEMETRY_OPTIONS],
];
