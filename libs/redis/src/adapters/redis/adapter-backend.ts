import type { Cluster, Redis } from 'ioredis';
import type { ErrorCode } from '../../common/error-codes.js';
import type { On } from '../../common/typed-emitter.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { SecurityCode } from '../../domain/codec/envelope.codec.js';
import type { CacheStore, CallOptions, LinkState } from '../../domain/cache-store.js';
import type { ClientPurpose } from '../exclusive/library-clients.js';
import type { ExclusiveConnection } from '../exclusive/pending-lease.js';
import type { CircuitName, CircuitState } from '../resilience/circuit/circuit-state.js';
import type { ServerRole } from '../connection/client/server-role.js';
import type { ResealOptions, ResealProgress } from './resealing.js';

/** The events of a `RedisAdapter`, by name. */
export interface AdapterEvents {
  /** The connection is up. `role` is the role of the server: `cluster` for a Cluster, `unknown` if the server does not report it. */
  up: { readonly role: ServerRole };
  /** The connection is lost, or the server refuses to serve us. Calls reject with this `code` and `message` until `up`. */
  down: { readonly code: ErrorCode; readonly message: string };
  /** The next attempt to connect starts in `delayMs` milliseconds. `attempt` counts from 1 after each `up`. */
  reconnecting: { readonly attempt: number; readonly delayMs: number };
  /** Calls of that kind now reject with `CIRCUIT_OPEN`. `code` is the cause; `CIRCUIT_OPEN` means that `isolate()` was called. */
  'circuit-open': { readonly circuit: CircuitName; readonly code: ErrorCode };
  /** Calls of that kind go through again. */
  'circuit-close': { readonly circuit: CircuitName };
  /** The breaker probed the server. `ok`: the server serves all calls that are refused now. */
  probe: { readonly ok: boolean };
  /**
   * The server, or a proxy in front of it, does not support `command`. This package works without it; `message` contains the consequence.
   * Emitted once per command.
   */
  limited: { readonly command: string; readonly message: string };
  /** A stored value was modified by others, or is not encrypted although every value must be. */
  security: { readonly code: SecurityCode };
}

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
  /** The last failure of the connection or the server. `at` is in milliseconds since 1970. Undefined if there was none. */
  readonly lastError: { readonly code: ErrorCode; readonly at: number } | undefined;
}

/** The implementation behind a `RedisAdapter`: connections to Redis, or the embedded store. */
export abstract class AdapterBackend {
  abstract readonly mode: RedisMode;
  abstract readonly store: CacheStore;
  abstract readonly on: On<AdapterEvents>;
  /** @throws RedisInfraError UNSUPPORTED on the embedded store */
  abstract readonly client: Redis | Cluster;
  abstract status(): AdapterStatus;
  /** Lends an exclusive connection. @throws RedisInfraError UNSUPPORTED on the embedded store */
  abstract acquire(call?: CallOptions): Promise<ExclusiveConnection>;
  /** Creates a client for another library. @throws RedisInfraError UNSUPPORTED on the embedded store */
  abstract createClient(purpose: ClientPurpose): Redis | Cluster;
  /** Opens both circuits by hand until the returned function is called. @throws RedisInfraError UNSUPPORTED on the embedded store */
  abstract isolate(): () => void;
  /** Seals outdated values again with the current options. */
  abstract resealAll(options?: ResealOptions): AsyncIterable<ResealProgress>;
  /** The stored bytes of a value. */
  abstract bytes(key: string): Promise<Buffer | undefined>;
  /** The same store with another codec. */
  abstract withCodec(options: CodecOptions, path?: string): AdapterBackend;
  /** The same store with other limits. */
  abstract withLimits(call: CallOptions): AdapterBackend;
}
