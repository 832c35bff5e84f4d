import type { ErrorCode } from '../common/error-codes.js';
import type { LinkState } from './link-state.js';
import type { FallbackStatus } from './store-fallback.js';

/** The state of a circuit, as in `AdapterStatus.circuits`. */
export type CircuitReading = 'closed' | 'open' | 'half-open' | 'isolated';

/** A node that commands go to, and whether its circuits let them through. */
export interface NodeReading {
  /** The address of a node of a Cluster (`host:port`); undefined for a single server. */
  readonly node: string | undefined;
  /** The circuit of reads. */
  readonly read: CircuitReading;
  /** The circuit of writes. */
  readonly write: CircuitReading;
}

/** What the process knows of a health target without asking it. Reads fields, and sends no command. */
export interface TargetState {
  /** How the target is reached; `memory` is the embedded store. */
  readonly mode: 'standalone' | 'cluster' | 'sentinel' | 'memory';
  /** The state of the connections. */
  readonly link: LinkState;
  /** When `link` last changed, in milliseconds since 1970. */
  readonly since: number;
  /** The circuits of all nodes as one: each is open while that of at least one node is. */
  readonly breaker: {
    readonly read: CircuitReading;
    readonly write: CircuitReading;
    /** When a circuit last opened or closed, in milliseconds since 1970; undefined if none has. */
    readonly since: number | undefined;
    /** When the breaker probes the server next, in milliseconds since 1970; undefined if all circuits are closed. */
    readonly nextProbeAt: number | undefined;
  };
  /** The masters that commands go to. Empty while they are not known. */
  readonly nodes: readonly NodeReading[];
  /** The fallback in front of the target; undefined without one. */
  readonly fallback: FallbackStatus | undefined;
  /** The last failure; `at` is in milliseconds since 1970. */
  readonly lastError: { readonly code: ErrorCode; readonly at: number } | undefined;
}

/** The reply of one node to a health probe. */
export interface NodeAnswer {
  /** The address of a node of a Cluster (`host:port`); undefined for a single server. */
  readonly node: string | undefined;
  /** Whether the node answered in time and serves reads. */
  readonly isServing: boolean;
  /** Whether the node accepts writes. True if it does not report that. */
  readonly acceptsWrites: boolean;
  /** Whether the server refused the connection of the probe because it has too many clients. */
  readonly isAtMaxClients: boolean;
  /** The time from PING to its reply, in milliseconds; undefined without a reply. */
  readonly pingMs: number | undefined;
  /** The address of the server that answered, `host:port` or the path of its socket; undefined without a connection. */
  readonly address: string | undefined;
  /** What the node reports of itself; undefined if its INFO is not available. */
  readonly info: ServerInfo | undefined;
}

/** The part of INFO that health checks use. */
export interface ServerInfo {
  /** The replication role. */
  readonly role: 'master' | 'replica' | 'unknown';
  /** `redis_version`, or `valkey_version` of a Valkey server. */
  readonly version: string | undefined;
  /** `used_memory`, in bytes. */
  readonly usedBytes: number | undefined;
  /** `maxmemory`, in bytes; 0 is no limit. */
  readonly maxBytes: number | undefined;
}

/** One server, one Cluster or one shard, whose health is judged by itself. */
export interface HealthTarget {
  /** The id of the shard; undefined for a store without shards. */
  readonly shard: string | undefined;
  /** The current state. Sends no command. */
  state(): TargetState;
  /**
   * Sends PING and INFO to nodes, each on a connection of its own that is closed afterwards. Never rejects: a node without
   * an answer in time is not serving.
   * @param nodes the nodes, by the names of `TargetState.nodes`
   * @param timeoutMs the time for all answers, connecting included, in milliseconds
   */
  probe(nodes: readonly (string | undefined)[], timeoutMs: number): Promise<readonly NodeAnswer[]>;
}

/** What a store offers to health checks. */
export interface HealthSource {
  /** The targets in use: one, or one for each shard. `reshard()` changes them. */
  readonly targets: readonly HealthTarget[];
}
