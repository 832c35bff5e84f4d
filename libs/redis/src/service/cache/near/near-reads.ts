import type { Clock } from '../../../common/clock.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { InvalidationFeed, ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { FillToken } from '../../copies/fill-tokens.js';
import type { CopyCodec } from './copy-codec.js';
import { MAX_UNCONFIRMED_MS, NearCache } from './near-cache.js';
import type { NearCopy } from './near-copy.js';
import type { NearStats } from './near-copies.js';
import type { ResolvedNearOptions } from './near-options.js';

export interface NearReadsParts {
  readonly options: ResolvedNearOptions;
  readonly feed: InvalidationFeed | undefined;
  readonly rootPrefix: string;
  readonly clock: Clock;
  /** Called once if the copies cannot follow the changes of the server, with the refusal of the server. */
  readonly onUntracked: (refusal: RedisInfraError | undefined) => void;
}

/** What a copy must fit to be used: the namespace by whose versions it is judged, and the codec of the reads. */
export interface NearReader {
  readonly scope: VersionScope;
  readonly copyCodec: CopyCodec;
}

/** A read of the store that may leave a copy. */
export interface NearFilling {
  readonly token: FillToken;
  readonly codec: CopyCodec;
  /** The versions that are known from the feed; undefined if they must be read. */
  readonly known: ScopeVersions | undefined;
  /** The number of changes of versions when the read began. */
  readonly changes: number;
  /** When the read began. Times of its reply count from here, so that a copy is never fresh for too long. */
  readonly beganMs: number;
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
  private newestPeekMs = 0;

  constructor({ clock, onUntracked, ...parts }: NearReadsParts) {
    this.clock = clock;
    this.near = new NearCache({ ...parts, onVersions: () => this.forgetVersions(), onUntracked });
  }

  get stats(): NearStats {
    return this.near.stats;
  }

  /** The monotonic time by which the newest `peek` judged its copy, so that a hit reads the clock once. */
  get peekedMs(): number {
    return this.newestPeekMs;
  }

  /** The copy of a key that a read may return now. */
  peek(at: string, { scope, copyCodec }: NearReader): NearCopy | undefined {
    const nowMs = this.clock.monotonicMs();
    this.newestPeekMs = nowMs;
    const isTracked = this.near.coherence === 'tracking';
    const versions = isTracked ? this.known.get(scope) : undefined;
    if (isTracked && versions === undefined) return undefined;
    const copy = this.near.peek(at, nowMs, versions);
    return copy?.codec === copyCodec ? copy : undefined;
  }

  /** Call it before the read of a value is sent, and then `end` or `abandon` once. */
  begin(at: string, { scope, copyCodec: codec }: NearReader): NearFilling {
    const token = this.near.beginFill(at);
    return { token, codec, known: this.versionsOf(scope), changes: this.changes, beganMs: this.clock.monotonicMs() };
  }

  /** Keeps a copy of a fresh value. */
  end({ token, codec, beganMs }: NearFilling, { value, meta, nowMs, versions }: JudgedValue<unknown>): void {
    const { freshUntil = Infinity, created, loadMs, tags } = meta ?? {};
    const fill = {
      value,
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
  endPlain({ token, codec, beganMs }: NearFilling, value: unknown, ttlMs: number): void {
    const fill = { value, codec, freshUntilMs: beganMs + ttlMs, clock: undefined };
    this.near.endFill(token, fill, this.clock.monotonicMs());
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

  /**
   * Drops the copies of a namespace. Call it before and after its flush. Copies of plain values have no clock: the
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
    return isTracked && isConfirmed ? this.known.get(scope) : undefined;
  }

  private forgetVersions(): void {
    this.changes++;
    this.known = new WeakMap();
  }
}
