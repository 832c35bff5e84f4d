import type { ErrorCode } from '../../common/error-codes.js';
import type { SecurityCode } from '../../domain/codec/envelope.codec.js';
import type { ServerRole } from '../connection/client/server-role.js';
import type { CircuitName } from '../resilience/circuit/circuit-state.js';

/** The events of a `RedisAdapter`, by name. */
export interface AdapterEvents {
  /**
   * The connection is up. `role` is the role of the server: `cluster` for a Cluster, `unknown` if the server does not
   * report it.
   */
  up: { readonly role: ServerRole };
  /**
   * The connection is lost, or the server refuses to serve us. Calls reject with this `code` and `message` until `up`.
   */
  down: { readonly code: ErrorCode; readonly message: string };
  /** The next attempt to connect starts in `delayMs` milliseconds. `attempt` counts from 1 after each `up`. */
  reconnecting: { readonly attempt: number; readonly delayMs: number };
  /**
   * Calls of that kind now reject with `CIRCUIT_OPEN`. `code` is the cause; `CIRCUIT_OPEN` means that `isolate()` was
   * called.
   */
  'circuit-open': { readonly circuit: CircuitName; readonly code: ErrorCode };
  /** Calls of that kind go through again. */
  'circuit-close': { readonly circuit: CircuitName };
  /** The breaker probed the server. `ok`: the server serves all calls that are refused now. */
  probe: { readonly ok: boolean };
  /**
   * The server, or a proxy in front of it, does not support `command`. This package works without it; `message`
   * contains the consequence. Emitted once per command.
   */
  limited: { readonly command: string; readonly message: string };
  /** A stored value was modified by others, or is not encrypted although every value must be. */
  security: { readonly code: SecurityCode };
}
