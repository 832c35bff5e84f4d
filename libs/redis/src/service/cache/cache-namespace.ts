import type { ErrorCode } from '../../common/error-codes.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { TypedEmitter } from '../../common/typed-emitter.js';
import { checkKey, checkKeyForm, checkKeys } from '../../domain/models/cache-key.js';
import type { CacheEvents, CacheLayer, SkippedChange } from './cache-events.js';
import { CacheCounters } from './cache-stats.js';
import type { CacheSnapshot, InvalidationCause, NearSnapshot } from './statistics/cache-snapshot.js';
import { CacheStatistics } from './statistics/cache-statistics.js';
import type { VersionScope } from '../../domain/entry-store.js';
import { keyIn, storedKey, storedPrefix } from './stored-key.js';

const SECURITY: ReadonlySet<ErrorCode> = new Set(['CODEC_TAMPERED', 'CODEC_PLAINTEXT_REJECTED']);

/** The prefix of a root namespace. Its keys that begin with another colon look like those of a namespace. */
const ROOT_PREFIX = /^[\w.-]{1,64}:$/;

/**
 * A namespace: the prefix of its keys, its counts and its events. `child(name)` always returns the same instance. The
 * keys of a namespace inside this one begin with `<prefix><name>::`. A key of this namespace that looks like one of
 * those is escaped with a leading colon, even if no such namespace exists: the stored key must not depend on the order
 * of calls or on the process.
 * @see docs/decisions/0027-how-a-namespace-prefixes-its-keys.md
 */
export class CacheNamespace {
  readonly counters = new CacheCounters();
  readonly statistics = new CacheStatistics();
  readonly events = new TypedEmitter<CacheEvents>();
  /** Where the versions of this namespace are kept. */
  readonly scope: VersionScope;
  private readonly children = new Map<string, CacheNamespace>();
  /** The scopes of caches on top of this one. Stores keep tables by scope, so each has one object. */
  private readonly outer = new WeakMap<VersionScope, VersionScope>();

  constructor(
    readonly prefix: string,
    private readonly parent?: CacheNamespace,
  ) {
    this.scope = { prefixes: parent === undefined ? [prefix] : [...parent.scope.prefixes, prefix] };
  }

  /** Counts a hit of a near copy and emits it. */
  recordNearHit(key: string, isNull: boolean): void {
    this.counters.nearHits++;
    if (isNull) {
      this.counters.negative++;
      this.statistics.nearNegative++;
    }
    if (this.events.heard.hit === true) this.emitHit(key, 'near', false);
  }

  /** Counts a read of the store and emits it; undefined is a miss. `layer` is where the value was found. */
  recordRead(key: string, value: unknown, layer: CacheEvents['hit']['layer'], stale = false): void {
    const { counters, events } = this;
    if (value === undefined) {
      counters.misses++;
      if (events.heard.miss === true) events.emit('miss', { key });
      return;
    }
    if (layer === 'fallback') counters.fallbackHits++;
    else counters.hits++;
    if (value === null) counters.negative++;
    if (value === null || stale) this.statistics.foundOther(layer, stale);
    if (events.heard.hit === true) this.emitHit(key, layer, stale);
  }

  /** Like `recordRead` for a miss, because the store failed. */
  recordFailedRead(key: string): void {
    this.statistics.failedReads++;
    this.recordRead(key, undefined, 'redis');
  }

  /** Counts an invalidation of `count` keys or tags, or a flush. */
  recordInvalidation(cause: InvalidationCause, count = 1): void {
    this.counters.invalidations += count;
    this.statistics.invalidated(cause, count);
  }

  /** Counts that a caller got a value that is not fresh, and emits it. */
  recordStale(key: string): void {
    this.counters.stale++;
    if (this.events.heard.stale === true) this.events.emit('stale', { key });
  }

  /** Counts a failure of the store and emits it, on this namespace and on those that contain it. */
  recordFailure(operation: string, error: RedisInfraError, skipped?: SkippedChange): void {
    this.counters.failed(error.code);
    this.statistics.failed(error.code);
    this.emitError({ operation, error, skipped });
  }

  /** Emits that near copies live for a short time, because the store reports no changes. */
  recordUntracked(refusal: RedisInfraError | undefined): void {
    this.events.emit('untracked', { code: refusal?.code });
  }

  /** The statistics of this namespace and of those inside it. `near` are the copies that they share. */
  snapshots(near: NearSnapshot | undefined): readonly CacheSnapshot[] {
    const own = this.statistics.snapshot(this.name, this.counters, near);
    return [own, ...[...this.children.values()].flatMap((child) => child.snapshots(undefined))];
  }

  child(name: string): CacheNamespace {
    let child = this.children.get(name);
    if (child === undefined) this.children.set(name, (child = new CacheNamespace(`${this.prefix}${name}::`, this)));
    return child;
  }

  /** Returns the key in the store, unique for each namespace and key. @throws RedisInfraError KEY_INVALID */
  locate(key: string): string {
    checkKey(key);
    return storedKey(this.prefix, key);
  }

  /** Like `locate`, for a list of keys. @throws RedisInfraError KEY_INVALID */
  locateAll(keys: readonly string[]): string[] {
    checkKeys(keys);
    return keys.map((key) => this.locate(key));
  }

  /**
   * Like `locate`, for a load, which works without the store: the key may be too long.
   * @throws RedisInfraError KEY_INVALID
   */
  locateLoad(key: string): string {
    checkKeyForm(key);
    return storedKey(this.prefix, key);
  }

  /** The key of this namespace that is stored as `stored`; undefined if it is a key of a namespace inside this one. */
  keyOf(stored: string): string | undefined {
    return keyIn(this.prefix, stored);
  }

  /** The longest text that all stored keys begin with whose keys begin with `prefix`. */
  scanPrefix(prefix: string): string {
    return storedPrefix(this.prefix, prefix);
  }

  /** Where the versions of a cache on top of this one are kept: in this namespace, which is around its namespaces. */
  scopeInside(scope: VersionScope): VersionScope {
    let inside = this.outer.get(scope);
    if (inside === undefined) {
      const [first, ...rest] = this.scope.prefixes;
      const prefixes = scope.prefixes.map((prefix) => this.prefix + prefix);
      this.outer.set(scope, (inside = { prefixes: [first, ...rest, ...prefixes] }));
    }
    return inside;
  }

  /** The beginnings of all stored keys whose keys begin with the prefix of a namespace of a cache on top of this one. */
  storedPrefixes(prefix: string): readonly string[] {
    const stored = storedKey(this.prefix, prefix);
    return ROOT_PREFIX.test(prefix) ? [stored, storedKey(this.prefix, `${prefix}:`)] : [stored];
  }

  /** The names of the namespaces around this one and its own, joined by colons. */
  get name(): string {
    return this.prefix
      .split(':')
      .filter((part) => part !== '')
      .join(':');
  }

  private emitHit(key: string, layer: CacheLayer, stale: boolean): void {
    this.events.emit('hit', { key, layer, stale });
  }

  private emitError(failure: CacheEvents['error']): void {
    const { code } = failure.error;
    this.events.emit('error', failure);
    if (SECURITY.has(code)) this.events.emit('security', { code });
    this.parent?.emitError(failure);
  }
}
