/**
 * Spans and metrics for OpenTelemetry. Needs the package `@opentelemetry/api`.
 *
 * @module nestjs-redis-infra/opentelemetry
 */

export { RedisTelemetry } from './nest/telemetry/redis-telemetry.js';
export type { ObservedInstance, RedisTelemetryOptions } from './nest/telemetry/telemetry.options.js';
