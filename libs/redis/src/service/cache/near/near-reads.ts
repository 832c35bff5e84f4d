import type { Clock } from '../../../common/clock.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import {
  MAX_UNCONFIRMED_MS,
  type InvalidationFeed,
  type ScopeVersions,
  type VersionScope,
} from '../../../domain/entry-store.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { NearSnapshot } from '../statistics/cache-snapshot.js';
import type { ReadValue } from './kept-value.js';
import { NearCache } from './near-cache.js';
import type { NearStats } from './near-copies.js';
import type { KeptValue } from './near-copy.js';
import type { Near, NearFilling, NearReader } from './near.js';
import { NearNamespace, type VersionChanges } from './near-namespace.js';
import type { ResolvedNearOptions } from './near-options.js';

export interface NearReadsParts {
  readonly options: ResolvedNearOptions;
  readonly feed: InvalidationFeed | undefined;
  readonly rootPrefix: string;
  readonly isDecoding: boolean;
  readonly clock: Clock;
  /** Called once if the copies cannot follow the changes of the server, with the refusal of the server. */
  readonly onUntracked: (refusal: RedisInfraError | undefined) => void;
}

/**
 * The near copies of a cache, and the versions that they are judged by. While the feed is up to date, versions are known
 * without a read.
 */
export class NearReads implements Near {
  private readonly near: NearCache;
  private readonly clock: Clock;
  private readonly namespaces = new WeakMap<VersionScope, NearNamespace>();
  private readonly changes: VersionChanges = { count: 0 };

  constructor({ clock, onUntracked, ...parts }: NearReadsParts) {
    this.clock = clock;
    this.near = new NearCache({ ...parts, onVersions: () => this.forgetVersions(), onUntracked });
  }

  get stats(): NearStats {
    return this.near.stats;
  }

  get snapshot(): NearSnapshot {
    return this.near.snapshot;
  }

  /** The copies of a namespace. The same object each time. */
  namespace(scope: VersionScope): NearNamespace {
    let namespace = this.namespaces.get(scope);
    if (namespace === undefined) {
      const { near, clock, changes } = this;
      const prefix = scope.prefixes.at(-1) ?? scope.prefixes[0];
      namespace = new NearNamespace({ near, clock, prefix, changes });
      this.namespaces.set(scope, namespace);
    }
    return namespace;
  }

  /** Call it before the read of a value is sent, and then `end`, `endPlain` or `abandon` once. */
  begin(at: string, { scope, copyCodec: codec }: NearReader): NearFilling {
    const token = this.near.beginFill(at);
    const { clock, changes } = this;
    const known = this.versionsOf(scope);
    return { near: this, token, codec, known, changes: changes.count, beganMs: clock.monotonicMs() };
  }

  /** Divides a fresh value between its copy, for `end` or `endPlain`, and its reader. */
  divide<T>({ token, codec }: NearFilling, value: T): ReadValue<T> {
    return this.near.divide(token, value, codec);
  }

  /** Keeps a copy of a fresh value. */
  end({ token, codec, beganMs }: NearFilling, kept: KeptValue | undefined, read: JudgedValue<unknown>): void {
    const { meta, nowMs, versions } = read;
    const { freshUntil = Infinity, created, loadMs, tags } = meta ?? {};
    const fill = {
      kept,
      codec,
      freshUntilMs: beganMs + (freshUntil - nowMs),
      clock: meta === undefined ? undefined : versions.clock,
      tags,
      loadMs,
      createdMs: created === undefined ? undefined : beganMs + (created - nowMs),
    };
    this.near.endFill(token, fill, this.clock.monotonicMs());
  }

  /** Keeps a copy of a plain value. `ttlMs` is what its key had left after the read; Infinity never expires. */
  endPlain({ token, codec, beganMs }: NearFilling, kept: KeptValue | undefined, ttlMs: number): void {
    const fill = { kept, codec, freshUntilMs: beganMs + ttlMs, clock: undefined };
    this.near.endFill(token, fill, this.clock.monotonicMs());
  }

  /** Ends a read without a copy. */
  abandon({ token }: NearFilling): void {
    this.near.abandonFill(token);
  }

  /** Notes versions that were read, unless they may have changed since `filling` began. */
  learn(scope: VersionScope, versions: ScopeVersions, filling: NearFilling): void {
    const isKnown = this.near.coherence === 'tracking' && filling.changes === this.changes.count;
    if (isKnown) this.namespace(scope).learn(versions);
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

  /**
   * Drops the copies whose stored keys begin with the prefix. Call it before and after their flush. Copies of plain values have no clock: the
   * versions would not end them.
   */
  dropUnder(prefix: string): void {
    this.near.dropUnder(prefix);
    this.versionsChange();
  }

  /** Drops all copies. */
  clear(): void {
    this.near.dropAll();
    this.forgetVersions();
  }

  private versionsOf(scope: VersionScope): ScopeVersions | undefined {
    const isTracked = this.near.coherence === 'tracking';
    const isConfirmed = this.clock.monotonicMs() - this.near.confirmedMs < MAX_UNCONFIRMED_MS;
    return isTracked && isConfirmed ? this.namespace(scope).versions : undefined;
  }

  private forgetVersions(): void {
    this.changes.count++;
  }
}
