import type { Clock } from '../../../common/clock.js';
import type { ScopeVersions } from '../../../domain/entry-store.js';
import type { CopyCodec } from './copy-codec.js';
import type { NearCache } from './near-cache.js';
import { isCurrent } from './near-copies.js';
import type { CopyGroup, NearCopy } from './near-copy.js';

/** Counts the changes of versions of a root namespace. */
export interface VersionChanges {
  count: number;
}

export interface NearNamespaceParts {
  readonly near: NearCache;
  readonly clock: Clock;
  /** The prefix of the namespace in the store. */
  readonly prefix: string;
  readonly changes: Readonly<VersionChanges>;
}

/**
 * The near copies of one namespace, and its versions while they are known from the feed. A hit needs nothing else: it
 * looks up the key of the caller, and reads the clock once.
 */
export class NearNamespace {
  private readonly near: NearCache;
  private readonly clock: Clock;
  private readonly changes: Readonly<VersionChanges>;
  private readonly copies: ReadonlyMap<string, NearCopy>;
  private known: ScopeVersions | undefined;
  /** The count of changes at which the versions were known. */
  private knownAt = 0;
  private newestPeekMs = 0;

  constructor({ near, clock, prefix, changes }: NearNamespaceParts) {
    this.near = near;
    this.clock = clock;
    this.changes = changes;
    this.copies = near.table(prefix);
  }

  /** The versions; undefined if they must be read. */
  get versions(): ScopeVersions | undefined {
    return this.knownAt === this.changes.count ? this.known : undefined;
  }

  /** Notes versions that were read and have not changed since. */
  learn(versions: ScopeVersions): void {
    this.known = versions;
    this.knownAt = this.changes.count;
  }

  /** The monotonic time by which the newest `peek` judged its copy, so that a hit reads the clock once. */
  get peekedMs(): number {
    return this.newestPeekMs;
  }

  /**
   * The copy that a read may return now. `key` is the key of the caller: only valid keys have copies. `codec` is that of
   * the reads.
   */
  peek(key: string, codec: CopyCodec): NearCopy | undefined {
    const copy = this.copies.get(key);
    if (copy === undefined || copy.group.codec !== codec || !this.isCurrent(copy.group)) return undefined;
    const nowMs = this.clock.monotonicMs();
    this.newestPeekMs = nowMs;
    return this.near.isInTime(copy, nowMs) ? copy : undefined;
  }

  private isCurrent(group: CopyGroup): boolean {
    const { versions } = this;
    // Without tracking copies live for a short time, and versions are not known.
    return versions === undefined ? this.near.coherence === 'ttl' : isCurrent(group, versions);
  }
}
