/** The result of a health check. `degraded`: calls are served, and something is impaired. */
export type HealthStatus = 'up' | 'degraded' | 'down';

/**
 * Why a health check is not `up`:
 * - `closed`, `connecting`, `unavailable`: there is no connection;
 * - `misconfigured`: the server refuses this client until a setting changes;
 * - `no-answer`: the server is connected and did not answer the probe in time, or it serves no calls now;
 * - `circuit-open`, `circuit-half-open`, `isolated`: the circuit of reads lets no calls through;
 * - `writes-refused`: the circuit of writes lets no calls through; reads are served;
 * - `read-only`: the server accepts no writes: a replica, too few replicas, or a failed save;
 * - `memory`: the server uses more than `memoryRatio` of its `maxmemory`;
 * - `slow`: PING took longer than `slowPing`;
 * - `max-clients`: the server accepts no further connections;
 * - `nodes`: some nodes of a Cluster are unavailable; `shards`: some shards are;
 * - `fallback`: the fallback of the cache answers, or its journal is being applied.
 */
export type HealthReason =
  | 'closed'
  | 'connecting'
  | 'unavailable'
  | 'misconfigured'
  | 'no-answer'
  | 'circuit-open'
  | 'circuit-half-open'
  | 'isolated'
  | 'writes-refused'
  | 'read-only'
  | 'memory'
  | 'slow'
  | 'max-clients'
  | 'nodes'
  | 'shards'
  | 'fallback';

/** A status with its reasons, the most important first. */
export interface HealthVerdict {
  /** The status. */
  readonly status: HealthStatus;
  /** Why it is not `up`; empty if it is. */
  readonly reasons: readonly HealthReason[];
}

/** What a target can do, before it is known whether the application requires it. */
export interface TargetVerdict {
  /**
   * `serving`: calls are served; `unavailable`: none are; `misconfigured`: none are, and waiting does not help.
   */
  readonly availability: 'serving' | 'unavailable' | 'misconfigured';
  /** What is impaired; empty for a healthy target. */
  readonly reasons: readonly HealthReason[];
}
