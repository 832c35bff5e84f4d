/**
 * The attributes of spans. Where OpenTelemetry defines a name, it is used.
 * @see https://opentelemetry.io/docs/specs/semconv/attributes-registry/
 */
export const ATTRIBUTES = {
  /** `redis`, if Redis was asked. */
  system: 'db.system.name',
  /** The error code; `_OTHER` for an error that is not of this package. Absent without an error. */
  errorType: 'error.type',
  /** The namespace of a cache. */
  cache: 'nestjs_redis_infra.cache.name',
  /** Whether no caller waits for the load. */
  background: 'nestjs_redis_infra.load.background',
  /** `ok`, `error` or `timeout`. */
  loadOutcome: 'nestjs_redis_infra.load.outcome',
  /** The policy that decided. */
  policy: 'nestjs_redis_infra.ratelimit.policy',
  /** `allowed`, `refused` or `error`. */
  decision: 'nestjs_redis_infra.ratelimit.decision',
  /** Where the decision was made. */
  source: 'nestjs_redis_infra.ratelimit.source',
} as const;

/** The value of `error.type` for an error without a code. */
export const OTHER_ERROR = '_OTHER';
