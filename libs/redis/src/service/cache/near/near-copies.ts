import { LRUCache } from 'lru-cache';
import type { ScopeVersions } from '../../../domain/entry-store.js';
import { keptValue, type KeepOptions } from './kept-value.js';
import { NearCopy, type NearFill } from './near-copy.js';
import type { ResolvedNearOptions } from './near-options.js';

/** The sizes of the copies. */
export interface NearStats {
  /** The number of copies. */
  readonly entries: number;
  /** Their approximate memory in bytes. */
  readonly bytes: number;
  /** Copies dropped because there were too many or too large ones, since the start. */
  readonly evictions: number;
}

/** The approximate memory of a copy in bytes, without its key and its value. */
const COPY_BYTES = 200;
const TAG_BYTES = 40;

/** The bounded memory of copies. The least recently used ones are dropped first. */
export class NearCopies {
  private readonly lru: LRUCache<string, NearCopy>;
  private evictions = 0;

  constructor(
    { maxEntries, maxBytes }: Pick<ResolvedNearOptions, 'maxEntries' | 'maxBytes'>,
    private readonly keep: Omit<KeepOptions, 'types'>,
  ) {
    this.lru = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      dispose: (_copy, _key, reason) => {
        if (reason === 'evict') this.evictions++;
      },
    });
  }

  get stats(): NearStats {
    return { entries: this.lru.size, bytes: this.lru.calculatedSize, evictions: this.evictions };
  }

  /** The copy of a key, however old. */
  get(key: string): NearCopy | undefined {
    return this.lru.get(key);
  }

  /**
   * Keeps a copy until its value is stale, at most for `ttlMs`. False if the value cannot be kept.
   * @param nowMs the monotonic time
   */
  set(key: string, fill: NearFill, nowMs: number, ttlMs: number): boolean {
    const kept = keptValue(fill.value, { ...this.keep, types: fill.codec.types });
    if (kept === undefined) {
      this.lru.delete(key);
      return false;
    }
    const copy = new NearCopy(kept, fill, Math.min(fill.freshUntilMs, nowMs + ttlMs));
    const size = Math.ceil(COPY_BYTES + key.length * 2 + TAG_BYTES * (copy.tags?.length ?? 0) + kept.bytes);
    this.lru.set(key, copy, { size });
    return this.lru.peek(key) === copy;
  }

  delete(key: string): void {
    this.lru.delete(key);
  }

  /** Drops the copies of the keys that begin with the prefix. */
  deleteUnder(prefix: string): void {
    for (const key of this.lru.keys()) if (key.startsWith(prefix)) this.lru.delete(key);
  }

  clear(): void {
    this.lru.clear();
  }
}

/** Whether no flush and no invalidation of tags since then can concern a copy. */
export function isCurrent({ clock, tags }: NearCopy, { floor, tagged, isSweeping }: ScopeVersions): boolean {
  if (clock === undefined) return !isSweeping;
  return clock >= floor && (tags === undefined || clock >= tagged);
}
