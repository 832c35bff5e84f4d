import type { Duration } from '../common/duration.js';
import type { CodecOptions } from './codec/codec.options.js';

/** Limits of one call, on top of the store's own. */
export interface CallOptions {
  /** How long the call may take, queueing included. @default the store's own deadline */
  readonly deadline?: Duration | undefined;
  /** Ends the call early; it then rejects with DEADLINE_EXCEEDED and the signal's reason as `cause`. */
  readonly signal?: AbortSignal | undefined;
}

/** One entry of `setMany`. Without a ttl it never expires. */
export interface SetEntry {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: Duration | undefined;
}

export interface ClearOptions {
  /** Said out loud where the key prefix is empty, because then "own" means every key of the database. @default false */
  readonly wholeDatabase?: boolean | undefined;
}

/**
 * A place that keeps values: the one port of this package. Keys are non-empty strings of at most 1 KiB (KEY_INVALID);
 * `undefined` means absent and cannot be stored (VALUE_INVALID), `null` is a value; every value read belongs to the reader.
 * `cacheStoreContract` of `nestjs-redis-infra/testing` says the rest, in tests.
 */
export interface CacheStore {
  /** What this store offers beyond values. It is asked for, never found out with `instanceof`. */
  readonly can?: StoreCapabilities | undefined;

  /** Idempotent; works again after `disconnect`. */
  connect(): Promise<void>;
  /** Idempotent. */
  disconnect(): Promise<void>;

  /** The value, or undefined if there is none or the key holds another type. */
  get<T>(key: string): Promise<T | undefined>;
  /** One result per key asked, in that order, duplicates included. */
  getMany<T>(keys: readonly string[]): Promise<(T | undefined)[]>;
  /** Replaces whatever was there. Without a ttl the value never expires. @throws OPTION_INVALID for a ttl not in (0, 10 years]. */
  set(key: string, value: unknown, ttl?: Duration): Promise<void>;
  /** Not atomic: when it rejects, some entries may have been written. */
  setMany(entries: readonly SetEntry[]): Promise<void>;
  /** True if something was there and is gone. */
  delete(key: string): Promise<boolean>;
  /** How many of the keys were there and are gone. */
  deleteMany(keys: readonly string[]): Promise<number>;
  /** True if the key holds anything, of whatever type. */
  has(key: string): Promise<boolean>;

  /** @throws WRONG_TYPE if the key holds no hash. */
  hset(key: string, field: string, value: unknown): Promise<void>;
  /** @throws WRONG_TYPE if the key holds no hash. */
  hget<T>(key: string, field: string): Promise<T | undefined>;
  /** All fields; an empty object for an absent key. @throws WRONG_TYPE if the key holds no hash. */
  hgetall<T>(key: string): Promise<Record<string, T>>;
  /** How many of the fields were there and are gone. @throws WRONG_TYPE if the key holds no hash. */
  hdel(key: string, ...fields: string[]): Promise<number>;

  /** Sets a new time to live; false if the key is absent. */
  expire(key: string, ttl: Duration): Promise<boolean>;
  /** Seconds left (fractional); null if it never expires; undefined if it is absent. */
  ttl(key: string): Promise<number | null | undefined>;
  /** Adds a whole number (default 1) to a counter that starts at 0, and answers the new count. @throws WRONG_TYPE; COMMAND_FAILED past the safe integers. */
  incr(key: string, amount?: number): Promise<number>;
  /** Removes every key under the own prefix, never more; answers how many. @throws OPTION_INVALID with an empty prefix, unless `wholeDatabase`. */
  clear(options?: ClearOptions): Promise<number>;
}

/** What a store can do beyond values. A store leaves out what it cannot do. */
export interface StoreCapabilities {
  readonly scripts?: ScriptHost | undefined;
  readonly link?: StoreLink | undefined;
  readonly keys?: KeyScanner | undefined;
  readonly codec?: CodecHost | undefined;
  readonly expiringCreation?: ExpiringCreation | undefined;
}

/**
 * Counters and hashes that expire: a key that the call creates gets the time to live in the same atomic step, and the expiry of a key
 * that exists stays as it is. `CacheService` uses it; without it, it needs several steps.
 */
export interface ExpiringCreation {
  /** As `CacheStore.incr`. */
  incr(key: string, amount: number, ttl: Duration): Promise<number>;
  /** As `CacheStore.hset`. */
  hset(key: string, field: string, value: unknown, ttl: Duration): Promise<void>;
}

/** A script that runs on the server, atomically. `source` is Lua; `parse` makes a named type of its reply. */
export interface ScriptDefinition<R> {
  readonly name: string;
  readonly source: string;
  /** How many keys it takes. */
  readonly keys: number;
  readonly parse: (reply: unknown) => R;
  /** The same for a store without a server; without it such a store cannot run the script. Answers what `parse` takes. */
  readonly twin?: ((memory: ScriptMemory, keys: readonly string[], args: readonly ScriptArg[]) => unknown) | undefined;
}

export type ScriptArg = string | number | Buffer;

/** What the twin of a script works on, at one moment. Keys are given without the store's prefix. */
export interface ScriptMemory {
  /** Microseconds since 1970. */
  readonly nowUs: number;
  /** What a twin left there; undefined if there is nothing. @throws RedisInfraError WRONG_TYPE if something else is */
  get(key: string): unknown;
  /** Kept as it is, until so many milliseconds have passed. */
  set(key: string, state: unknown, ttlMs: number): void;
  delete(key: string): void;
}

/** Runs scripts where the first key lives. Keys are given without the store's prefix. */
export interface ScriptHost {
  /** Keys of one group may be given to one call. @default all keys may */
  groupOf?(key: string): string | number;
  /** Calls at the end of this turn of the event loop, before what it has written leaves: who waits so long can send it all as one. @default `setImmediate` */
  atEndOfTick?(work: () => void): void;
  /** What was given to `run` so far leaves now, where it would otherwise wait for the end of the turn. */
  sendNow?(): void;
  /**
   * Calls made later on its keys take effect after it. Of a script longer than 2048 characters only runs of the same script do: await
   * it before other calls on its keys.
   */
  run<R>(
    script: ScriptDefinition<R>,
    keys: readonly string[],
    args: readonly ScriptArg[],
    call?: CallOptions,
  ): Promise<R>;
}

/** `misconfigured`: the server answers and refuses us (credentials, database, not a Redis): waiting will not mend it. */
export type LinkState = 'up' | 'down' | 'connecting' | 'misconfigured' | 'closed';

export interface ServerIdentity {
  readonly runId: string;
  readonly role: 'master' | 'replica';
  readonly replicationId: string;
}

/** The way to the server: whether it is there, and who it is. */
export interface StoreLink {
  /** Where the values are: on a server, or in this process. */
  readonly tier: 'redis' | 'memory';
  readonly state: LinkState;
  /** Undefined where the server does not tell. */
  serverIdentity(): Promise<ServerIdentity | undefined>;
  onChange(handler: (state: LinkState) => void): () => void;
}

export interface ScanOptions {
  /** Only this node; as a batch named it. @default every node */
  readonly node?: string | undefined;
  /** Where to go on; as a batch of the same node named it. @default the beginning */
  readonly cursor?: string | undefined;
  /** A hint for the work per step. @default 500 */
  readonly count?: number | undefined;
  /** Only keys that begin so. @default every key under the store's prefix */
  readonly prefix?: string | undefined;
}

/** One step of a scan. `cursor` is where the next step begins; `'0'` after the node's last one. */
export interface ScanBatch {
  readonly node: string;
  readonly cursor: string;
  readonly keys: string[];
  /** How many keys of this step are not valid UTF-8. No string names them, so they are not among `keys`. @default 0 */
  readonly skipped?: number | undefined;
}

/** Walks the keys under the store's prefix, node by node, resumable. A key that stays is seen at least once; one may be seen twice. */
export interface KeyScanner {
  scan(options?: ScanOptions): AsyncIterable<ScanBatch>;
  /**
   * Removes every key that begins with this prefix (behind the store's own), also keys that no string names; returns how many.
   * Without it `CacheService.flush` removes the keys that `scan` yields.
   */
  removeAll?(prefix: string): Promise<number>;
}

/** Gives the same store with values written in another way. */
export interface CodecHost {
  /** @param path where the options stand, for errors. @throws RedisInfraError OPTION_INVALID */
  with(options: CodecOptions, path?: string): CacheStore;
  /** The bytes of a value as they are stored; undefined where the key is absent or holds no value. */
  bytes(key: string): Promise<Buffer | undefined>;
}
