import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import {
  MAX_UNCONFIRMED_MS,
  type FeedSubscription,
  type InvalidationFeed,
  type ScopeVersions,
} from '../../../domain/entry-store.js';
import { FillTokens, type FillToken } from '../../copies/fill-tokens.js';
import type { NearSnapshot } from '../statistics/cache-snapshot.js';
import type { CopyCodec } from './copy-codec.js';
import { divideValue, type ReadValue } from './kept-value.js';
import { isCurrent, NearCopies, type NearStats } from './near-copies.js';
import type { NearCopy, NearFill } from './near-copy.js';
import { UNTRACKED_TTL_MS, type Coherence, type ResolvedNearOptions } from './near-options.js';

export interface NearCacheParts {
  readonly options: ResolvedNearOptions;
  /** The feed of the store; undefined if it has none. */
  readonly feed: InvalidationFeed | undefined;
  /** The prefix of the root namespace in the store. */
  readonly rootPrefix: string;
  /** Whether the store decodes the values of each read, so that they belong to the reader alone. */
  readonly isDecoding: boolean;
  /** Called when a version of the root changed. */
  readonly onVersions: () => void;
  /**
   * Called once, possibly by the constructor, when copies fall back to a short life. The error is the refusal of the
   * server, if there is one.
   */
  readonly onUntracked: (refusal: RedisInfraError | undefined) => void;
}

/** No feed is needed for copies that live for a short time. */
const ALWAYS_CONFIRMED = { confirmedMs: Infinity, close: (): void => {} } satisfies FeedSubscription;
const NEVER_CONFIRMED = { confirmedMs: -Infinity, close: (): void => {} } satisfies FeedSubscription;

/**
 * The copies of the values of a root namespace in the memory of the process. With tracking, the feed of the store drops
 * a copy when its key changes, and a copy is used only while the feed is up to date. Without tracking, copies live for a
 * short time.
 *
 * A copy keeps the moment at which its value becomes stale in Redis, so it is never fresh for longer.
 */
export class NearCache {
  /**
   * All changes up to this moment are known (monotonic milliseconds). Infinity without tracking. Only this class changes
   * it. It is a copy of the `confirmedMs` of the feed, because each hit compares it.
   */
  confirmedMs = Infinity;
  private readonly copies: NearCopies;
  private readonly fills = new FillTokens();
  private feed: FeedSubscription = ALWAYS_CONFIRMED;
  private ttlMs: number;
  private current: Coherence;

  constructor(private readonly parts: NearCacheParts) {
    const { options, feed, rootPrefix } = parts;
    this.copies = new NearCopies(rootPrefix, options);
    this.current = options.coherence;
    this.ttlMs = options.ttlMs ?? (options.coherence === 'ttl' ? UNTRACKED_TTL_MS : Infinity);
    if (options.coherence === 'ttl') return;
    if (feed === undefined) this.fallBack(undefined);
    else this.subscribeTo(feed);
  }

  /** How copies stay up to date now. */
  get coherence(): Coherence {
    return this.current;
  }

  get stats(): NearStats {
    return this.copies.stats;
  }

  get snapshot(): NearSnapshot {
    return this.copies.snapshot;
  }

  /**
   * The copies of the namespace with this prefix, by the keys that callers give. Ask `isCurrent` and `isInTime`
   * before a copy is used. The same table each time.
   */
  table(prefix: string): ReadonlyMap<string, NearCopy> {
    return this.copies.table(prefix).copies;
  }

  /**
   * The copy of a key that may be used now.
   * @param nowMs the monotonic time
   * @param versions the current versions of the namespace; undefined if they do not matter
   */
  peek(key: string, nowMs: number, versions: ScopeVersions | undefined): NearCopy | undefined {
    const copy = this.copies.get(key);
    if (copy === undefined || (versions !== undefined && !isCurrent(copy.group, versions))) return undefined;
    return this.isInTime(copy, nowMs) ? copy : undefined;
  }

  /** Whether a copy may be used at this time, if its group is current. */
  isInTime({ expiresMs }: NearCopy, nowMs: number): boolean {
    return (expiresMs === undefined || nowMs < expiresMs) && nowMs - this.confirmedMs < MAX_UNCONFIRMED_MS;
  }

  /** The copy of a key, also if it must not be used because it is too old or unconfirmed. */
  find(key: string): NearCopy | undefined {
    return this.copies.get(key);
  }

  /** Call it before the read of the value is sent, and then `endFill` or `abandonFill` once. */
  beginFill(key: string): FillToken {
    return this.fills.begin(key);
  }

  /** Divides the value of a fill between its copy and its reader, if the key has not changed meanwhile. */
  divide<T>(token: FillToken, value: T, { types }: CopyCodec): ReadValue<T> {
    if (!token.isAlive) return { kept: undefined, own: value };
    const { options, isDecoding: isDecoded } = this.parts;
    return divideValue(value, { types, shared: options.shared, isDecoded, maxBytes: options.maxBytes });
  }

  /**
   * Keeps a copy, unless the key may have changed since `beginFill`.
   * @param nowMs the monotonic time
   * @returns whether a copy is kept
   */
  endFill(token: FillToken, fill: NearFill, nowMs: number): boolean {
    const isUnchanged = this.fills.end(token);
    if (!isUnchanged || this.confirmedMs === -Infinity) return false;
    return this.copies.set(token.key, fill, nowMs, this.ttlMs);
  }

  /** Ends a fill without a copy. */
  abandonFill(token: FillToken): void {
    this.fills.end(token);
  }

  /** Drops the copy of a key, and the fills that have begun. Call it before a write of the key, and after its reply. */
  drop(key: string): void {
    this.fills.kill(key);
    this.copies.delete(key);
  }

  /** Drops the copies whose stored keys begin with the prefix, and all fills that have begun. */
  dropUnder(prefix: string): void {
    this.fills.killAll();
    this.copies.deleteUnder(prefix);
  }

  /** Drops all copies, and the fills that have begun. */
  dropAll(): void {
    this.fills.killAll();
    this.copies.clear();
  }

  /** Ends the subscription and drops all copies. */
  close(): void {
    this.feed.close();
    this.follow(NEVER_CONFIRMED);
    this.dropAll();
  }

  private subscribeTo(feed: InvalidationFeed): void {
    this.follow(NEVER_CONFIRMED);
    const subscription = feed.subscribe(this.parts.rootPrefix, {
      onInvalidate: (keys) => {
        if (keys === null) this.anyKeyChanged();
        else for (const key of keys) this.drop(key);
      },
      onVersions: this.parts.onVersions,
      onConfirmed: () => this.follow(this.feed),
      onRefused: (error) => this.fallBack(error),
    });
    // The feed may have been refused already.
    if (this.current === 'tracking') this.follow(subscription);
    else subscription.close();
  }

  private follow(feed: FeedSubscription): void {
    this.feed = feed;
    this.confirmedMs = feed.confirmedMs;
  }

  /** What was read before a gap of the feed may have changed during it, and so may versions. */
  private anyKeyChanged(): void {
    this.dropAll();
    this.parts.onVersions();
  }

  private fallBack(refusal: RedisInfraError | undefined): void {
    this.feed.close();
    this.follow(ALWAYS_CONFIRMED);
    this.current = 'ttl';
    this.ttlMs = Math.min(this.ttlMs, UNTRACKED_TTL_MS);
    this.anyKeyChanged();
    this.parts.onUntracked(refusal);
  }
}
