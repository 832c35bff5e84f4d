import type { ErrorCode } from '../../common/error-codes.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import type { LinkState } from '../../domain/link-state.js';
import type { CircuitName, CircuitState } from '../resilience/circuit/circuit-state.js';
import { latestOf } from '../resilience/last-error.js';
import type { ConnectionPool } from '../sending/connection-pool.js';

/** A snapshot of the state of a `RedisAdapter`. Contains no secret. */
export interface AdapterStatus {
  /** How the adapter reaches Redis; `memory` is the embedded store. */
  readonly mode: RedisMode;
  /** The state of the connections. */
  readonly state: LinkState;
  /** The circuits of reads and writes. Calls go through while their circuit is `closed`. */
  readonly circuits: Readonly<Record<CircuitName, CircuitState>>;
  /** When `state` last changed, in milliseconds since 1970. */
  readonly since: number;
  /** The connections, and their commands. */
  readonly pool: {
    /** The number of connections. */
    readonly size: number;
    /** Commands sent and not yet answered. */
    readonly inFlight: number;
    /** Commands and reads that wait to be sent. */
    readonly pending: number;
    /** Reconnects since the adapter was created. */
    readonly reconnects: number;
  };
  /** Commands that were sent again, since the adapter was created. */
  readonly retries: number;
  /**
   * The last failure of the connection or the server. `at` is in milliseconds since 1970. Undefined if there was none.
   */
  readonly lastError: { readonly code: ErrorCode; readonly at: number } | undefined;
}

/** The current state of the connections of a store. */
export function statusOf(mode: RedisMode, { link, guards, inFlight, pending }: ConnectionPool): AdapterStatus {
  const lastError = latestOf([guards.lastError, link.lastError]);
  return {
    mode,
    state: link.state,
    circuits: { read: guards.state('read'), write: guards.state('write') },
    since: link.since,
    pool: { size: link.connections, inFlight, pending, reconnects: link.reconnects },
    retries: guards.retries,
    lastError: lastError && { code: lastError.error.code, at: lastError.at },
  };
}
