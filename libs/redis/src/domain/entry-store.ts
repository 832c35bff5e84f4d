import type { RedisInfraError } from '../common/redis-infra.error.js';
import type { Decoded, EntryMeta } from './value-codec.js';

/**
 * Where the versions are kept that decide whether an entry is valid: one table for each namespace. `prefixes` are the
 * key prefixes of the namespaces, the root namespace first and the own namespace last, for example
 * `['cache:', 'cache:users::']`. All tables of one root share a clock, so their versions are totally ordered.
 */
export interface VersionScope {
  /** The key prefixes of the namespaces, the root first and the own one last. */
  readonly prefixes: readonly [string, ...string[]];
}

/**
 * The versions of a scope. A version is an integer that the store issues: greater than every earlier version of the
 * root, and at least the server time in milliseconds.
 */
export interface ScopeVersions {
  /** The newest version of the root. An entry records it before its load. */
  readonly clock: number;
  /** The newest flush of the own namespace and of those around it. An entry with an older clock is invalid. */
  readonly floor: number;
  /** The newest invalidation of a tag of the own namespace. An entry with an older clock needs a check of its tags. */
  readonly tagged: number;
  /** A flush is still removing keys: a value without a clock must not be read. */
  readonly isSweeping: boolean;
}

/**
 * Whether an invalidation has taken effect:
 * - `applied`: the store has confirmed it.
 * - `journaled`: the store is unavailable. The invalidation is kept, and is applied when the store is available again.
 */
export type InvalidationStatus = 'applied' | 'journaled';

/** The result of the removal of keys. */
export interface Removal {
  /** How many of the keys existed. 0 if the removal is journaled. */
  readonly removed: number;
  /** Whether the removal has taken effect. */
  readonly status: InvalidationStatus;
}

/** The versions of a scope after an invalidation. */
export interface RaisedVersions extends ScopeVersions {
  /** Whether the invalidation has taken effect. */
  readonly status: InvalidationStatus;
}

/** The versions of one tag. */
export interface TagVersion {
  /**
   * An entry with an older clock is invalid. At least the flush of the own namespace: a flush may remove the versions
   * of a tag between the read of an entry and that of its tags.
   */
  readonly removed: number;
  /** An entry with an older clock may only be used if a load fails. 0 if there is no such version. */
  readonly stale: number;
}

/** Where a value comes from that was read while the store was unavailable. */
export interface FallbackSource {
  /** The time since the store confirmed the value, in milliseconds. */
  readonly ageMs: number;
}

/** A stored value, with the server time of the reply in milliseconds since 1970. */
export interface StoredRead<T> {
  /** Undefined if the key is absent, holds another type, or cannot be read. */
  readonly stored: Decoded<T> | undefined;
  /** Why the stored bytes cannot be read; undefined if they can. */
  readonly unreadable: RedisInfraError | undefined;
  /** The size of the stored bytes; undefined if the key is absent. */
  readonly bytes: number | undefined;
  /**
   * The stored bytes, for `EntryStore.decode`. They may be a part of a larger buffer of the connection: copy them to keep
   * them. Undefined if the key is absent, and in a store that does not keep encoded values.
   */
  readonly encoded: Buffer | undefined;
  /** The server time of the reply, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Set if the store was unavailable, and the value is from a copy of this process. @default undefined */
  readonly fallback?: FallbackSource | undefined;
}

/** A stored value together with the versions that it is judged by. */
export interface EntryRead<T> extends StoredRead<T> {
  /** The versions of the scope. */
  readonly versions: ScopeVersions;
}

/** The request for the lease of a key, which lets one load of the fleet run. */
export interface LeaseRequest {
  /** Identifies the load: 1 to 64 characters of `[\w-]`. */
  readonly token: string;
  /** How long the lease is held without a renewal, in milliseconds. */
  readonly ttlMs: number;
  /** The clock of the load. */
  readonly clock: number;
  /** A lease whose load has an older clock is taken over, because its value would be invalid. */
  readonly minClock: number;
}

/** The result of a request for a lease, with what is stored at that moment. */
export type Acquisition<T> = StoredRead<T> &
  (
    | {
        /** The lease is granted. */
        readonly status: 'acquired';
      }
    | {
        /** Another load holds the lease. */
        readonly status: 'held';
        /** The token of that load. */
        readonly holder: string;
        /** The lease is renewed or expires after this time, in milliseconds. */
        readonly remainingMs: number;
      }
    | {
        /** A load has failed. */
        readonly status: 'failed';
        /** No load may start for this time, in milliseconds. */
        readonly remainingMs: number;
      }
  );

/** A value to store. */
export interface EntryWrite {
  /** Any value that the codec can encode, except `undefined`. */
  readonly value: unknown;
  /** Undefined stores a plain value. */
  readonly meta: EntryMeta | undefined;
  /** The time to live of the key in milliseconds; undefined never expires. */
  readonly ttlMs: number | undefined;
}

/** How long a failed load is remembered: `errorTtlMs` after the first failure, doubled by each, up to `maxMs`. */
export interface FailureMark {
  /** The time after the first failure, in milliseconds. */
  readonly errorTtlMs: number;
  /** The longest time, in milliseconds. */
  readonly maxMs: number;
}

/** Options of `EntryStore.remove`. */
export interface RemoveOptions {
  /**
   * The caller repeats a removal that fails, so the store sends it once. It need not remember the keys in flight then,
   * which costs as much as to remove them. @default false
   */
  readonly isRepeatedByCaller?: boolean | undefined;
}

/** Options of `EntryStore.sweep`. */
export interface SweepOptions {
  /**
   * Keeps hashes, and strings that are integers: counters are such strings. @default true for a floor of
   * `raiseFloorOnce`, otherwise false
   */
  readonly keepData?: boolean | undefined;
}

/**
 * What the cache engine needs of a store: entries with their meta, leases, and versions. Each method is atomic unless
 * it says otherwise. Keys are without the store's prefix. `entryStoreContract` of `nestjs-redis-infra/testing` specifies
 * the behaviour in tests.
 *
 * Every change of a key voids the lease of the key in the same step: a load that began before the change can no longer
 * publish, and its waiters are notified.
 */
export interface EntryStore {
  /**
   * Reads a value and the versions of the scope. A missing version table is created: its flush is now, so that every
   * entry from before is invalid.
   */
  read<T>(key: string, scope: VersionScope): Promise<EntryRead<T>>;
  /** Like `read`, for several keys; in their order, duplicates included. */
  readMany<T>(keys: readonly string[], scope: VersionScope): Promise<readonly EntryRead<T>[]>;
  /** Reads a value without versions, for a caller that knows them. */
  readValue<T>(key: string): Promise<StoredRead<T>>;
  /** Like `readValue`, for several keys at less cost; in their order, duplicates included. A store may omit it. */
  readValues?<T>(keys: readonly string[]): Promise<readonly StoredRead<T>[]>;
  /**
   * Decodes the `encoded` bytes of an earlier read of the key, without the server. A store omits it if its reads return
   * no such bytes.
   * @throws RedisInfraError `CODEC_…` if they are unreadable
   */
  decode?<T>(key: string, encoded: Buffer): Decoded<T> | Promise<Decoded<T>>;
  /**
   * Reads the versions of a scope. A missing table is created, as by `read`.
   * @param key the key whose value they judge. A store with shards returns the versions of its shard. @default the
   * newest versions of any shard
   */
  versions(scope: VersionScope, key?: string): Promise<ScopeVersions>;
  /** The time of the server that holds the key, in milliseconds since 1970. */
  now(key: string): Promise<number>;
  /**
   * Reads the versions of tags of the own namespace, in their order. `tags` are hashes of 16 hex digits.
   * @param key as for `versions`
   */
  tagVersions(scope: VersionScope, tags: readonly string[], key?: string): Promise<readonly TagVersion[]>;

  /** Reads a value and takes its lease, if no other load holds it. */
  acquire<T>(key: string, lease: LeaseRequest): Promise<Acquisition<T>>;
  /** Extends the lease. False if the token no longer holds it. */
  renew(key: string, token: string, ttlMs: number): Promise<boolean>;
  /** Stores a loaded value and ends its lease. False, without a change, if the token no longer holds the lease. */
  publish(key: string, token: string, entry: EntryWrite): Promise<boolean>;
  /** Ends the lease without a value, and marks the key as failed if `failure` is given. */
  release(key: string, token: string, failure?: FailureMark): Promise<void>;
  /**
   * Calls `onSettled` each time a lease of the key ended. The promise resolves when events are received from now on,
   * with the function that stops them. It rejects if the store cannot deliver events; then poll.
   */
  watch(key: string, onSettled: () => void): Promise<() => void>;

  /** Stores a value. */
  write(key: string, entry: EntryWrite): Promise<void>;
  /** Stores several values. Each key is atomic, the whole is not. */
  writeMany(entries: readonly (EntryWrite & { readonly key: string })[]): Promise<void>;
  /** Removes keys. Each key is atomic, the whole is not. */
  remove(keys: readonly string[], options?: RemoveOptions): Promise<Removal>;
  /** Like `CacheStore.incr`. `ttlMs` applies if the call creates the key. @throws WRONG_TYPE on an entry */
  incr(key: string, amount: number, ttlMs: number | undefined): Promise<number>;
  /** Like `CacheStore.hset`. `ttlMs` applies if the call creates the key. */
  hset(key: string, field: string, value: unknown, ttlMs: number | undefined): Promise<void>;
  /** Like `CacheStore.hdel`. */
  hdel(key: string, fields: readonly string[]): Promise<number>;
  /**
   * Like `CacheStore.expire`. An entry is rewritten: it is fresh for `ttlMs`, and its stale windows follow. False if
   * the key is absent.
   */
  expire(key: string, ttlMs: number): Promise<boolean>;
  /** Voids the leases of keys that something else changes. */
  voidLeases(keys: readonly string[]): Promise<void>;

  /**
   * Issues a version and makes it the flush of the own namespace.
   * @param seen the newest version that the caller has seen: after a loss of data the new version is still greater.
   */
  raiseFloor(scope: VersionScope, seen: number): Promise<RaisedVersions>;
  /**
   * Like `raiseFloor`, once for each event in all processes, for what invalidates the entries of every process at the
   * same time: a restart of the server, for example. Counters and hashes are not invalidated, so the sweep keeps them. The
   * store remembers at least the newest 32 events of a namespace.
   * @param event identifies the event: 1 to 64 characters of `[\w-]`
   * @returns undefined if the floor was raised for the event before
   */
  raiseFloorOnce(scope: VersionScope, event: string, seen: number): Promise<RaisedVersions | undefined>;
  /**
   * Issues a version and records it for these tags of the own namespace. With `keepForErrors` entries stay usable if a
   * load fails.
   */
  invalidateTags(
    scope: VersionScope,
    tags: readonly string[],
    options: { readonly keepForErrors: boolean; readonly seen: number },
  ): Promise<RaisedVersions>;
  /**
   * Removes what a flush invalidated, on every node, in small steps: entries whose clock is older than `floor`, and
   * everything that has no clock. Then it ends `isSweeping`. Not atomic; returns the number of keys removed.
   */
  sweep(scope: VersionScope, floor: number, options?: SweepOptions): Promise<number>;
}

/** Receives what changed in a store. */
export interface FeedListener {
  /**
   * These keys were changed, by any client. Null means that any key may have changed, and any version table. Keys are
   * without the store's prefix.
   */
  readonly onInvalidate: (keys: readonly string[] | null) => void;
  /** A version table of the root changed. */
  readonly onVersions: () => void;
  /** `confirmedMs` of the subscription has changed. */
  readonly onConfirmed: () => void;
  /** The server does not permit a feed. It will not be tried again. */
  readonly onRefused: (error: RedisInfraError) => void;
}

/** A copy is used only if its feed was up to date less than this long ago, in milliseconds. */
export const MAX_UNCONFIRMED_MS = 1000;

/** A running subscription to a feed. */
export interface FeedSubscription {
  /**
   * The feed has delivered every change up to this moment, in milliseconds of the monotonic clock. -Infinity while it is
   * not connected. A gap is always followed by `onInvalidate(null)`.
   */
  readonly confirmedMs: number;
  /** Ends the subscription. */
  close(): void;
}

/** Reports changes of keys by any client of the store. */
export interface InvalidationFeed {
  /** False if a read may return an older value than the feed has reported, so that no copy of it may be kept. */
  readonly allowsCopies: boolean;
  /** Subscribes to the keys of a root namespace and to its versions. */
  subscribe(rootPrefix: string, listener: FeedListener): FeedSubscription;
}
