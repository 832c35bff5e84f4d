import type { Clock } from '../../../common/clock.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import type { ShardGroup } from '../../../domain/shard-group.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { NearSnapshot } from '../statistics/cache-snapshot.js';
import type { CopyCodec } from './copy-codec.js';
import type { NearStats } from './near-copies.js';
import type { ReadValue } from './kept-value.js';
import type { KeptValue, NearCopy } from './near-copy.js';
import type { ResolvedNearOptions } from './near-options.js';
import { NearReads } from './near-reads.js';
import type { Near, NearFilling, NearLookup, NearReader } from './near.js';

export interface ShardedNearParts {
  /** The limits apply to all shards together: each gets an equal part. */
  readonly options: ResolvedNearOptions;
  readonly shards: ShardGroup;
  readonly rootPrefix: string;
  readonly isDecoding: boolean;
  readonly clock: Clock;
  /** Called for each shard whose copies cannot follow the changes of its server. */
  readonly onUntracked: (refusal: RedisInfraError | undefined) => void;
}

/** The near copies of the shards, each with its own feed and versions: what happens to a shard affects only its copies. */
export class ShardedNear implements Near {
  private byShard: ReadonlyMap<string, NearReads> = new Map();
  private all: readonly NearReads[] = [];
  private readonly lookups = new WeakMap<VersionScope, ShardedLookup>();

  constructor(private readonly parts: ShardedNearParts) {
    const { options, shards, ...rest } = parts;
    const part = (limit: number): number => Math.ceil(limit / shards.ids.length);
    const limits = { ...options, maxEntries: part(options.maxEntries), maxBytes: part(options.maxBytes) };
    const follow = (): void => {
      const known = this.byShard;
      this.byShard = new Map(
        shards.ids.map((id) => [
          id,
          known.get(id) ?? new NearReads({ options: limits, feed: shards.feedOf(id), ...rest }),
        ]),
      );
      this.all = [...this.byShard.values()];
      // The copies of keys that move to another shard do not follow its changes. Reads that run leave no copy either.
      for (const near of new Set([...known.values(), ...this.all])) near.clear();
    };
    follow();
    shards.onMove(follow);
  }

  get stats(): NearStats {
    return this.all.reduce<NearStats>(
      (sum, { stats }) => ({
        entries: sum.entries + stats.entries,
        bytes: sum.bytes + stats.bytes,
        evictions: sum.evictions + stats.evictions,
      }),
      { entries: 0, bytes: 0, evictions: 0 },
    );
  }

  get snapshot(): NearSnapshot {
    const sum = { entries: 0, bytes: 0, evictions: { entries: 0, bytes: 0 } };
    for (const { snapshot } of this.all) {
      sum.entries += snapshot.entries;
      sum.bytes += snapshot.bytes;
      sum.evictions.entries += snapshot.evictions.entries;
      sum.evictions.bytes += snapshot.evictions.bytes;
    }
    return sum;
  }

  namespace(scope: VersionScope): NearLookup {
    let lookup = this.lookups.get(scope);
    if (lookup === undefined) this.lookups.set(scope, (lookup = new ShardedLookup(() => this.all, scope)));
    return lookup;
  }

  begin(at: string, reader: NearReader): NearFilling {
    return this.of(at).begin(at, reader);
  }

  divide<T>(filling: NearFilling, value: T): ReadValue<T> {
    return filling.near.divide(filling, value);
  }

  end(filling: NearFilling, kept: KeptValue | undefined, read: JudgedValue<unknown>): void {
    filling.near.end(filling, kept, read);
  }

  endPlain(filling: NearFilling, kept: KeptValue | undefined, ttlMs: number): void {
    filling.near.endPlain(filling, kept, ttlMs);
  }

  abandon(filling: NearFilling): void {
    filling.near.abandon(filling);
  }

  learn(scope: VersionScope, versions: ScopeVersions, filling: NearFilling): void {
    filling.near.learn(scope, versions, filling);
  }

  drop(keys: readonly string[]): void {
    for (const key of keys) this.of(key).drop([key]);
  }

  versionsChange(): void {
    for (const near of this.all) near.versionsChange();
  }

  dropUnder(prefix: string): void {
    for (const near of this.all) near.dropUnder(prefix);
  }

  clear(): void {
    for (const near of this.all) near.clear();
  }

  private of(at: string): NearReads {
    const near = this.byShard.get(this.parts.shards.shardOf(at));
    if (near === undefined) throw new RangeError('the key is on an unknown shard');
    return near;
  }
}

/** Looks in the copies of each shard: that costs less than to compute the shard of a key. */
class ShardedLookup implements NearLookup {
  private found: NearLookup | undefined;

  private shards: readonly NearReads[] = [];
  private lookups: readonly NearLookup[] = [];

  constructor(
    private readonly all: () => readonly NearReads[],
    private readonly scope: VersionScope,
  ) {}

  get peekedMs(): number {
    return this.found?.peekedMs ?? 0;
  }

  peek(key: string, codec: CopyCodec): NearCopy | undefined {
    const shards = this.all();
    if (shards !== this.shards) {
      this.shards = shards;
      this.lookups = shards.map((near) => near.namespace(this.scope));
    }
    for (const lookup of this.lookups) {
      const copy = lookup.peek(key, codec);
      if (copy === undefined) continue;
      this.found = lookup;
      return copy;
    }
    return undefined;
  }
}
