import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { checkOptions, optionInvalid } from '../../common/options.js';
import type { RedisAdapter } from '../../adapters/redis.adapter.js';
import type { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import type { CacheService } from '../../service/cache/cache.service.js';
import type { ShardedCache } from '../../service/sharded/sharded.cache.js';

/** The options of `RedisTelemetry`. */
export interface RedisTelemetryOptions {
  /** Creates the spans. @default the global provider of `@opentelemetry/api` at the time of `enable()` */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Creates the instruments. @default the global provider of `@opentelemetry/api` at the time of `enable()` */
  readonly meterProvider?: MeterProvider | undefined;
}

/** An instance of `RedisModule`, or stores that were created with `new`, whose metrics are exported. */
export interface ObservedInstance {
  /** The name of the instance, for the attributes. @default the instance without a name */
  readonly name?: string | undefined;
  /** The connection. */
  readonly redis?: RedisAdapter | undefined;
  /** Several servers, instead of `redis`. */
  readonly shards?: ShardedCache | undefined;
  /** The cache, with all its namespaces. */
  readonly cache?: CacheService | undefined;
  /** The rate limiter. */
  readonly limiter?: RateLimiter | undefined;
}

export const TELEMETRY_OPTIONS = [
  'tracerProvider',
  'meterProvider',
] as const satisfies readonly (keyof RedisTelemetryOptions)[];

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function checkTelemetryOptions(options: RedisTelemetryOptions): RedisTelemetryOptions {
  checkOptions(options, TELEMETRY_OPTIONS, '');
  const { tracerProvider, meterProvider } = options;
  if (tracerProvider !== undefined && typeof tracerProvider.getTracer !== 'function')
    throw optionInvalid('tracerProvider', 'must be a TracerProvider of @opentelemetry/api');
  if (meterProvider !== undefined && typeof meterProvider.getMeter !== 'function')
    throw optionInvalid('meterProvider', 'must be a MeterProvider of @opentelemetry/api');
  return options;
}

/** @throws RedisInfraError OPTION_INVALID with the path of the option */
export function checkObserved(instance: ObservedInstance): ObservedInstance {
  checkOptions(instance, ['name', 'redis', 'shards', 'cache', 'limiter'], 'observe');
  return instance;
}
