import type { ScopeVersions, VersionScope } from '../../../domain/entry-store.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import type { FillToken } from '../../copies/fill-tokens.js';
import type { NearSnapshot } from '../statistics/cache-snapshot.js';
import type { CopyCodec } from './copy-codec.js';
import type { NearStats } from './near-copies.js';
import type { ReadValue } from './kept-value.js';
import type { KeptValue, NearCopy } from './near-copy.js';

/** What a copy must fit to be used: the namespace by whose versions it is judged, and the codec of the reads. */
export interface NearReader {
  readonly scope: VersionScope;
  readonly copyCodec: CopyCodec;
}

/** A read of the store that may leave a copy. */
export interface NearFilling {
  /** The copies of the shard that the key is on. */
  readonly near: Near;
  readonly token: FillToken;
  readonly codec: CopyCodec;
  /** The versions that are known from the feed; undefined if they must be read. */
  readonly known: ScopeVersions | undefined;
  /** The number of changes of versions when the read began. */
  readonly changes: number;
  /** When the read began. Times of its reply count from here, so that a copy is never fresh for too long. */
  readonly beganMs: number;
}

/** The copies of one namespace. */
export interface NearLookup {
  /** The monotonic time by which the newest `peek` judged its copy, so that a hit reads the clock once. */
  readonly peekedMs: number;
  /**
   * The copy that a read may return now. `key` is the key of the caller: only valid keys have copies. `codec` is that of
   * the reads.
   */
  peek(key: string, codec: CopyCodec): NearCopy | undefined;
}

/** The near copies of a cache. */
export interface Near {
  readonly stats: NearStats;
  /** Like `stats`, with the reasons of the evictions. */
  readonly snapshot: NearSnapshot;
  /** The copies of a namespace. The same object each time. */
  namespace(scope: VersionScope): NearLookup;
  /** Call it before the read of a value is sent, and then `end` or `abandon` once. */
  begin(at: string, reader: NearReader): NearFilling;
  /** Divides a fresh value between its copy, for `end` or `endPlain`, and its reader. */
  divide<T>(filling: NearFilling, value: T): ReadValue<T>;
  /** Keeps a copy of a fresh value. */
  end(filling: NearFilling, kept: KeptValue | undefined, read: JudgedValue<unknown>): void;
  /** Keeps a copy of a plain value. `ttlMs` is what its key had left after the read; Infinity never expires. */
  endPlain(filling: NearFilling, kept: KeptValue | undefined, ttlMs: number): void;
  /** Ends a read without a copy. */
  abandon(filling: NearFilling): void;
  /** Notes versions that were read, unless they may have changed since `filling` began. */
  learn(scope: VersionScope, versions: ScopeVersions, filling: NearFilling): void;
  /** Drops the copies of keys. Call it before and after a change. */
  drop(keys: readonly string[]): void;
  /** Call it before and after a change of versions. */
  versionsChange(): void;
  /** Drops the copies whose stored keys begin with the prefix. Call it before and after their flush. */
  dropUnder(prefix: string): void;
  /** Drops all copies. */
  clear(): void;
}
