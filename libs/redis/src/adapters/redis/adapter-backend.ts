import type { Cluster, Redis } from 'ioredis';
import type { ErrorCode } from '../../common/error-codes.js';
import type { On } from '../../common/typed-emitter.js';
import type { RedisMode } from '../../config/redis-config.options.js';
import type { CodecOptions } from '../../domain/codec/codec.options.js';
import type { SecurityCode } from '../../domain/codec/envelope.codec.js';
import type { CacheStore, CallOptions, LinkState } from '../../domain/cache-store.js';
import type { ExclusiveConnection } from '../exclusive/pending-lease.js';
import type { CircuitName, CircuitState } from '../resilience/circuit/circuit-state.js';
import type { ServerRole } from '../connection/client/server-role.js';
import type { ResealOptions, ResealProgress } from './resealing.js';

/** The events of a `RedisAdapter`. */
export interface AdapterEvents {
  /** The connection is there. `role` is the server's when it was made; `cluster` for a Cluster, `unknown` where it does not say. */
  up: { readonly role: ServerRole };
  /** It is gone, or the server will not serve us; `code` and `message` are what calls get meanwhile. */
  down: { readonly code: ErrorCode; readonly message: string };
  /** The next attempt to connect begins in `delayMs`; `attempt` counts from 1 since it was last up. */
  reconnecting: { readonly attempt: number; readonly delayMs: number };
  /** Calls of that kind are refused from now on (`CIRCUIT_OPEN`); `code` is why, `CIRCUIT_OPEN` where it was done by hand. */
  'circuit-open': { readonly circuit: CircuitName; readonly code: ErrorCode };
  /** Calls of that kind go through again. */
  'circuit-close': { readonly circuit: CircuitName };
  /** The server was asked whether it is back; `ok` if it serves all that is refused. */
  probe: { readonly ok: boolean };
  /**
   * The server, or a proxy before it, does not do `command`, which this package can do without. `message` says what that costs. Emitted
   * once per command.
   */
  limited: { readonly command: string; readonly message: string };
  /** A stored value was not what was written here: it was changed, or is not sealed where all must be. */
  security: { readonly code: SecurityCode };
}

/** The state of a `RedisAdapter` now, with totals since it was created. */
export interface AdapterStatus {
  /** How the adapter reaches Redis; `memory` is the embedded store. */
  readonly mode: RedisMode;
  /** The state of the connections. */
  readonly state: LinkState;
  /** What becomes of reads and of writes: they go through while it is `closed`. */
  readonly circuits: Readonly<Record<CircuitName, CircuitState>>;
  /** Since when `state` is what it is, in milliseconds since 1970. */
  readonly since: number;
  /** The connections, and their commands. */
  readonly pool: {
    /** Connections. */
    readonly size: number;
    /** Commands sent and not answered yet. */
    readonly inFlight: number;
    /** Commands and reads waiting to be sent. */
    readonly pending: number;
    /** How often it had to connect again, ever. */
    readonly reconnects: number;
  };
  /** How many commands were sent again, ever. */
  readonly retries: number;
  /** The last trouble with the connection or the server, and when (milliseconds since 1970). */
  readonly lastError: { readonly code: ErrorCode; readonly at: number } | undefined;
}

/** What stands behind a `RedisAdapter`: a connection to Redis, or the embedded store. */
export abstract class AdapterBackend {
  abstract readonly mode: RedisMode;
  abstract readonly store: CacheStore;
  abstract readonly on: On<AdapterEvents>;
  /** @throws RedisInfraError UNSUPPORTED where there is none. */
  abstract readonly client: Redis | Cluster;
  abstract status(): AdapterStatus;
  /** Lends a connection of its own. */
  abstract acquire(call?: CallOptions): Promise<ExclusiveConnection>;
  /** Opens both circuits by hand. @throws RedisInfraError UNSUPPORTED where there are none. */
  abstract isolate(): () => void;
  /** Writes values anew that are not as they would be written now. */
  abstract resealAll(options?: ResealOptions): AsyncIterable<ResealProgress>;
  /** A value's bytes as they are stored. */
  abstract bytes(key: string): Promise<Buffer | undefined>;
  /** The same with values written in another way. */
  abstract withCodec(options: CodecOptions, path?: string): AdapterBackend;
  /** The same under the limits of a call. */
  abstract withLimits(call: CallOptions): AdapterBackend;
}
