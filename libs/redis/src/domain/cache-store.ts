import type { Duration } from '../common/duration.js';
import type { CodecOptions } from './codec/codec.options.js';
import type { ApplicationType } from './codec/json/application-types.js';
import type { EntryStore, InvalidationFeed } from './entry-store.js';
import type { ShardGroup } from './shard-group.js';
import type { StoreFallback } from './store-fallback.js';
import type { EntryMeta } from './value-codec.js';

/** Limits of one call, in addition to the limits of the store. */
export interface CallOptions {
  /** The longest time the call may take, including time in a queue. @default the store's deadline */
  readonly deadline?: Duration | undefined;
  /** Aborts the call. It rejects with DEADLINE_EXCEEDED, and `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One entry of `CacheStore.setMany`. */
export interface SetEntry {
  /** The key, without the store's prefix. */
  readonly key: string;
  /** Any value that the codec can encode, except `undefined`. */
  readonly value: unknown;
  /** How long the value lives. @default the value never expires */
  readonly ttl?: Duration | undefined;
}

/** Options of `CacheStore.clear`. */
export interface ClearOptions {
  /**
   * Must be true to clear a store with an empty key prefix, because that removes every key of the database.
   * @default false
   */
  readonly wholeDatabase?: boolean | undefined;
}

/**
 * Stores values under keys. This is the port that every store implements.
 *
 * - A key is a non-empty string of at most 1 KiB; any other key is KEY_INVALID.
 * - `undefined` means absent and cannot be stored (VALUE_INVALID). `null` is a value.
 * - A value that a read returns is a copy: the caller may change it.
 *
 * `cacheStoreContract` of `nestjs-redis-infra/testing` specifies the behaviour in tests.
 */
export interface CacheStore {
  /** The optional capabilities of this store. Callers check these and never the class of the store. */
  readonly can?: StoreCapabilities | undefined;

  /** Connects the store. Idempotent; may be called again after `disconnect`. */
  connect(): Promise<void>;
  /** Closes the connections of the store. Idempotent. */
  disconnect(): Promise<void>;

  /** Returns the value, or undefined if the key is absent or holds another type. */
  get<T>(key: string): Promise<T | undefined>;
  /** Returns one result for each key, in the order of the keys, duplicates included. */
  getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]>;
  /**
   * Stores a value and replaces any earlier one. Without a `ttl` it never expires.
   * @throws OPTION_INVALID if `ttl` is not in (0, 10 years]
   */
  set(key: string, value: unknown, ttl?: Duration): Promise<void>;
  /** Stores several values. Not atomic: if it rejects, some entries may be stored. */
  setMany(entries: readonly SetEntry[]): Promise<void>;
  /** Removes a key. True if the key existed. */
  delete(key: string): Promise<boolean>;
  /** Removes several keys and returns how many of them existed. */
  deleteMany(keys: readonly string[]): Promise<number>;
  /** True if the key exists, with any type of value. */
  has(key: string): Promise<boolean>;

  /** Sets one field of a hash. @throws WRONG_TYPE if the key holds another type */
  hset(key: string, field: string, value: unknown): Promise<void>;
  /** Returns one field of a hash, or undefined if it is absent. @throws WRONG_TYPE if the key holds another type */
  hget<T>(key: string, field: string): Promise<T | undefined>;
  /**
   * Returns all fields of a hash; an empty object if the key is absent.
   * @throws WRONG_TYPE if the key holds another type
   */
  hgetall<T>(key: string): Promise<Record<string, T>>;
  /** Removes fields of a hash and returns how many of them existed. @throws WRONG_TYPE if the key holds another type */
  hdel(key: string, ...fields: string[]): Promise<number>;

  /** Sets a new time to live. False if the key is absent. */
  expire(key: string, ttl: Duration): Promise<boolean>;
  /** Returns the remaining seconds, as a fraction; null if the key never expires; undefined if it is absent. */
  ttl(key: string): Promise<number | null | undefined>;
  /**
   * Adds an integer to a counter and returns the new count. An absent counter starts at 0.
   * @param amount a safe integer, possibly negative. @default 1
   * @throws WRONG_TYPE if the key holds something else; COMMAND_FAILED if the count leaves the range of safe integers
   */
  incr(key: string, amount?: number): Promise<number>;
  /**
   * Removes every key under the store's prefix and returns how many.
   * @throws OPTION_INVALID if the prefix is empty and `wholeDatabase` is not true
   */
  clear(options?: ClearOptions): Promise<number>;
}

/** The optional capabilities of a store. A store omits those that it does not support. */
export interface StoreCapabilities {
  /** Keeps entries, leases and versions for the cache engine. */
  readonly entries?: EntryStore | undefined;
  /** Reports changes of keys by any client. */
  readonly feed?: InvalidationFeed | undefined;
  /** Runs Lua scripts. */
  readonly scripts?: ScriptHost | undefined;
  /** The state of the connections. */
  readonly link?: StoreLink | undefined;
  /** Scans keys. */
  readonly keys?: KeyScanner | undefined;
  /** Provides the same store with another codec. */
  readonly codec?: CodecHost | undefined;
  /** Answers calls while the store is unavailable. */
  readonly fallback?: StoreFallback | undefined;
  /** Creates counters and hashes that expire. */
  readonly expiringCreation?: ExpiringCreation | undefined;
  /** The shards of the store. Without it all keys are on one. */
  readonly shards?: ShardGroup | undefined;
}

/**
 * Counters and hashes that expire. A key that the call creates gets its time to live in the same atomic step; the
 * expiry of an existing key does not change. Without this capability `CacheService` uses several commands.
 */
export interface ExpiringCreation {
  /** Like `CacheStore.incr`; `ttl` applies if the call creates the key. */
  incr(key: string, amount: number, ttl: Duration): Promise<number>;
  /** Like `CacheStore.hset`; `ttl` applies if the call creates the key. */
  hset(key: string, field: string, value: unknown, ttl: Duration): Promise<void>;
}

/** A Lua script that runs atomically on the server. */
export interface ScriptDefinition<R> {
  /** The name of the script, for errors. */
  readonly name: string;
  /** The Lua source. */
  readonly source: string;
  /** The number of keys that the script takes. */
  readonly keys: number;
  /** Converts the reply to a typed result. */
  readonly parse: (reply: unknown) => R;
  /**
   * The TypeScript implementation, for a store without a server; it returns the input of `parse`. Without it such a
   * store rejects the script.
   */
  readonly twin?: ((memory: ScriptMemory, keys: readonly string[], args: readonly ScriptArg[]) => unknown) | undefined;
}

/** An argument of a script. A number is sent as decimal text. */
export type ScriptArg = string | number | Buffer;

/** The memory that the twin of a script reads and writes. Keys are without the store's prefix. */
export interface ScriptMemory {
  /** The time of the run, in microseconds since 1970. */
  readonly nowUs: number;
  /**
   * Returns the state that a twin stored under the key, or undefined.
   * @throws RedisInfraError WRONG_TYPE if the key holds something else
   */
  get(key: string): unknown;
  /** Stores a state by reference for `ttlMs` milliseconds. */
  set(key: string, state: unknown, ttlMs: number): void;
  /** Removes the key. */
  delete(key: string): void;
  /** Keys of any type. A memory that only keeps states has none. */
  readonly keys?: MemoryKeyAccess | undefined;
}

/** What a twin may do with a key of any type. Keys are without the store's prefix. */
export interface MemoryKeyAccess {
  /** What is known about a key; undefined if it is absent. */
  describe(key: string): MemoryKeyFacts | undefined;
  /** Sets the time to live of an existing key, in milliseconds. */
  expire(key: string, ttlMs: number): void;
}

/** What is known about a key of the embedded store. */
export interface MemoryKeyFacts {
  /** The remaining milliseconds; null if the key never expires. */
  readonly ttlMs: number | null;
  /** The approximate size of the value in bytes. */
  readonly bytes: number;
  /** The meta of an entry; undefined for everything else. */
  readonly meta: EntryMeta | undefined;
}

/** Runs scripts on the node of the first key. Keys are without the store's prefix. */
export interface ScriptHost {
  /** The group of a key. All keys of one `run` must belong to one group. @default all keys form one group */
  groupOf?(key: string): string | number;
  /**
   * Runs `work` at the end of the current tick, before its commands are written, so that `work` can add to them.
   * @default `setImmediate`
   */
  atEndOfTick?(work: () => void): void;
  /** Writes the scripts passed to `run` immediately instead of at the end of the tick. */
  sendNow?(): void;
  /**
   * Runs a script. Later calls on its keys take effect after it. For a script of more than 2048 characters this holds
   * only between runs of the same script: await the run before other calls on its keys.
   */
  run<R>(
    script: ScriptDefinition<R>,
    keys: readonly string[],
    args: readonly ScriptArg[],
    call?: CallOptions,
  ): Promise<R>;
}

/**
 * The state of a store's connections:
 * - `up`: commands go through.
 * - `down`: the server is unavailable, and the store reconnects.
 * - `connecting`: the first connection is being made.
 * - `misconfigured`: the server refuses the client (credentials, permissions, database, not a Redis server). Waiting
 *   does not help.
 * - `closed`: not connected yet, or disconnected by the application.
 */
export type LinkState = 'up' | 'down' | 'connecting' | 'misconfigured' | 'closed';

/** Identifies a server process and its data set. */
export interface ServerIdentity {
  /** The address of the server, `host:port`, or the path of its socket. */
  readonly node: string;
  /** `run_id` of `INFO server`: changes when the server restarts. */
  readonly runId: string;
  /** The replication role at the time of the call. */
  readonly role: 'master' | 'replica';
  /** `master_replid` of `INFO replication`: changes after a failover. */
  readonly replicationId: string;
  /** `uptime_in_seconds` of `INFO server`: for how long the process has run, in milliseconds, in steps of a second. */
  readonly uptimeMs: number;
}

/** The state of a store's connections, and the identities of its servers. */
export interface StoreLink {
  /** Where values are stored: on a server, or in the memory of this process. */
  readonly tier: 'redis' | 'memory';
  /** The current state. */
  readonly state: LinkState;
  /**
   * Returns the identity of every master that commands are sent to. Empty if one of them does not provide it, because it
   * refuses INFO.
   * @throws RedisInfraError CONNECTION_FAILED if one of them is unavailable
   */
  identities(): Promise<readonly ServerIdentity[]>;
  /** Calls the handler on each change of `state`. The returned function unsubscribes it. */
  onChange(handler: (state: LinkState) => void): () => void;
  /**
   * Calls the handler each time commands may reach other data than before: a connection to a master was lost, also to
   * one node of a Cluster, a server is no longer a master, or another node became one. The handler runs before a command
   * is sent on a new connection. The returned function unsubscribes it.
   */
  onLoss(handler: () => void): () => void;
}

/** Options of `KeyScanner.scan`. */
export interface ScanOptions {
  /** Scan only this node, as named by `ScanBatch.node`. @default every node */
  readonly node?: string | undefined;
  /** Continue at this cursor, from a `ScanBatch` of the same node. @default the beginning */
  readonly cursor?: string | undefined;
  /** About how many keys the server examines in one step (`COUNT` of `SCAN`). @default 500 */
  readonly count?: number | undefined;
  /** Only keys that begin with this text, after the store's prefix. @default every key under the store's prefix */
  readonly prefix?: string | undefined;
}

/** The result of one step of a scan. */
export interface ScanBatch {
  /** The node that was scanned, as `host:port`. */
  readonly node: string;
  /** Where the next step continues; `'0'` after the last step of the node. */
  readonly cursor: string;
  /** The keys found, without the store's prefix. */
  readonly keys: string[];
  /** The number of keys that are not valid UTF-8 and so are not in `keys`. @default 0 */
  readonly skipped?: number | undefined;
}

/**
 * Scans the keys under the store's prefix, node by node. A scan can be resumed. A key that exists throughout the scan
 * is returned at least once; any key may be returned twice.
 * @see https://redis.io/docs/latest/commands/scan/
 */
export interface KeyScanner {
  /** The key prefix of the store, which is empty if the store has the whole database. @default unknown */
  readonly keyPrefix?: string | undefined;
  /** The names of all nodes, for `ScanOptions.node`. Without this method a scan can be resumed on its node only. */
  nodes?(): Promise<readonly string[]>;
  /** Yields one batch for each step. */
  scan(options?: ScanOptions): AsyncIterable<ScanBatch>;
  /**
   * Removes every key that begins with `prefix` (after the store's prefix) and returns how many, including keys that
   * are not valid UTF-8. Without this method `CacheService.flush` removes the keys that `scan` yields.
   */
  removeAll?(prefix: string): Promise<number>;
}

/** Provides the same store with another codec. */
export interface CodecHost {
  /** The classes of the application that the codec of this view encodes. @default none */
  readonly types?: readonly ApplicationType[] | undefined;
  /**
   * Returns a view of the store that uses these codec options.
   * @param path the path of the options, for errors.
   * @throws RedisInfraError OPTION_INVALID
   */
  with(options: CodecOptions, path?: string): CacheStore;
  /** Returns the stored bytes of a value, or undefined if the key is absent or holds another type. */
  bytes(key: string): Promise<Buffer | undefined>;
}
