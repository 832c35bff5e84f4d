import type { Clock } from '../../../common/clock.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { InvalidationFeed, ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import type { ApplicationTypes } from '../../../domain/codec/json/application-types.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { FillToken } from './fill-tokens.js';
import { MAX_UNCONFIRMED_MS, NearCache } from './near-cache.js';
import type { NearCopy } from './near-copy.js';
import type { NearStats } from './near-copies.js';
import type { ResolvedNearOptions } from './near-options.js';

export interface NearReadsParts {
  readonly options: ResolvedNearOptions;
  readonly types: ApplicationTypes;
  readonly feed: InvalidationFeed | undefined;
  readonly rootPrefix: string;
  readonly clock: Clock;
  /** Called once if the copies cannot follow the changes of the server, with the refusal of the server. */
  readonly onUntracked: (refusal: RedisInfraError | undefined) => void;
}

/** A read of the store that may leave a copy. */
export interface NearFilling {
  readonly token: FillToken;
  /** The versions that are known from the feed; undefined if they must be read. */
  readonly known: ScopeVersions | undefined;
  /** The number of changes of versions when the read began. */
  readonly changes: number;
}

/**
 * The near copies of a cache, and the versions that they are judged by. While the feed is up to date, versions are known
 * without a read.
 */
export class NearReads {
  private readonly near: NearCache;
  private readonly clock: Clock;
  private known = new WeakMap<VersionScope, ScopeVersions>();
  private changes = 0;
  private peekedMs = 0;

  constructor({ clock, onUntracked, ...parts }: NearReadsParts) {
    this.clock = clock;
    this.near = new NearCache({ ...parts, onVersions: () => this.forgetVersions(), onUntracked });
  }

  get stats(): NearStats {
    return this.near.stats;
  }

  /** The time by which the newest `peek` judged its copy, in milliseconds: a hit reads the clock once. */
  get nowMs(): number {
    return this.peekedMs;
  }

  /** The copy of a key that a read may return now. */
  peek(at: string, scope: VersionScope): NearCopy | undefined {
    const nowMs = (this.peekedMs = this.clock.monotonicMs());
    if (this.near.coherence === 'ttl') return this.near.peek(at, nowMs, undefined);
    const versions = this.known.get(scope);
    return versions === undefined ? undefined : this.near.peek(at, nowMs, versions);
  }

  /** The value of a copy. `T` is the claim of the caller and not checked. */
  valueOf<T>(copy: NearCopy): T {
    return this.near.valueOf<T>(copy);
  }

  /** Call it before the read of a value is sent, and then `end` or `abandon` once. */
  begin(at: string, scope: VersionScope): NearFilling {
    return { token: this.near.beginFill(at), known: this.versionsOf(scope), changes: this.changes };
  }

  /** Keeps a copy of a fresh value. */
  end({ token }: NearFilling, { value, meta, nowMs, versions }: JudgedValue<unknown>): void {
    const now = this.clock.monotonicMs();
    const { freshUntil = Infinity, created, loadMs, tags } = meta ?? {};
    const fill = {
      value,
      freshUntilMs: now + (freshUntil - nowMs),
      clock: meta === undefined ? undefined : versions.clock,
      tags,
      loadMs,
      ttlMs: created === undefined || freshUntil === Infinity ? undefined : freshUntil - created,
    };
    this.near.endFill(token, fill, now);
  }

  /** Keeps a copy of a plain value that lives for another `ttlMs`. */
  endPlain({ token }: NearFilling, value: unknown, ttlMs: number): void {
    const now = this.clock.monotonicMs();
    this.near.endFill(token, { value, freshUntilMs: now + ttlMs, clock: undefined }, now);
  }

  /** Ends a read without a copy. */
  abandon({ token }: NearFilling): void {
    this.near.abandonFill(token);
  }

  /** Notes versions that were read, unless they may have changed since `filling` began. */
  learn(scope: VersionScope, versions: ScopeVersions, filling: NearFilling): void {
    if (filling.changes === this.changes) this.known.set(scope, versions);
  }

  /** Drops the copies of keys. Call it before and after a change. */
  drop(keys: readonly string[]): void {
    for (const key of keys) this.near.drop(key);
  }

  /**
   * Call it before and after a change of versions. Without tracking copies are not judged by versions, so all are
   * dropped.
   */
  versionsChange(): void {
    if (this.near.coherence === 'ttl') this.near.dropAll();
    this.forgetVersions();
  }

  close(): void {
    this.near.close();
    this.forgetVersions();
  }

  private versionsOf(scope: VersionScope): ScopeVersions | undefined {
    const isTracked = this.near.coherence === 'tracking';
    const isConfirmed = this.clock.monotonicMs() - this.near.confirmedMs < MAX_UNCONFIRMED_MS;
    return isTracked && isConfirmed ? this.known.get(scope) : undefined;
  }

  private forgetVersions(): void {
    this.changes++;
    this.known = new WeakMap();
  }
}
