import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import type { MemoryKeyFacts } from '../../domain/cache-store.js';
import type { TagVersion } from '../../domain/entry-store.js';
import type { StoredForm } from './value-format.js';

/** The record of a key. `expiresAtMs` is in monotonic milliseconds; Infinity never expires. */
export type MemoryRecord = ValueRecord | HashRecord | StateRecord | LeaseRecord;

export interface ValueRecord {
  readonly type: 'value';
  readonly stored: StoredForm;
  expiresAtMs: number;
}

export interface HashRecord {
  readonly type: 'hash';
  readonly fields: Map<string, StoredForm>;
  bytes: number;
  expiresAtMs: number;
}

/** The state that the twin of a script keeps. */
export interface StateRecord {
  readonly type: 'state';
  readonly state: unknown;
  expiresAtMs: number;
}

/** The lease of a key, or the mark of a failed load. */
export interface LeaseRecord {
  readonly type: 'lease';
  /** The load that holds the lease; undefined after a failed load. */
  readonly token: string | undefined;
  /** The clock of the load. */
  readonly clock: number;
  /** How many loads have failed in a row. */
  readonly failures: number;
  /** When another load may start, in monotonic milliseconds. */
  readonly freeAtMs: number;
  /** A mark outlives `freeAtMs`, so that the next failure is known to follow. */
  expiresAtMs: number;
}

/** The versions of one namespace. */
export interface VersionRecord {
  floor: number;
  tagged: number;
  readonly tags: Map<string, TagVersion>;
  /** The newest events for which the floor was raised, the newest first. */
  events: readonly string[];
}

interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Approximate size of a key and its record without the value. */
const RECORD_BYTES = 100;
/** Approximate size of the state of a script: a few numbers. */
const STATE_BYTES = 200;
const LEASE_BYTES = 150;
const TAG_BYTES = 150;

/**
 * A bounded table of records. Drops the least recently used first; expired records are absent. Versions have the same
 * bound of their own: values never displace them, because losing versions invalidates all entries of a namespace.
 */
export class MemoryRecords {
  private readonly lru: LRUCache<string, MemoryRecord>;
  private readonly versions: LRUCache<string, VersionRecord>;

  constructor(
    bounds: Bounds,
    private readonly clock: Clock,
    /** Called after the record of a key changed or was dropped. */
    private readonly onChange: (key: string) => void = () => {},
  ) {
    const { maxEntries: max, maxBytes: maxSize } = bounds;
    const keyBytes = (key: string): number => RECORD_BYTES + key.length * 2;
    this.lru = new LRUCache({
      max,
      maxSize,
      sizeCalculation: (record, key) => keyBytes(key) + bytesOf(record),
      disposeAfter: (_record, key, reason) => this.disposed(key, reason),
    });
    this.versions = new LRUCache({
      maxSize,
      sizeCalculation: ({ tags }, key) => keyBytes(key) + tags.size * TAG_BYTES,
      disposeAfter: (_record, key, reason) => this.disposed(key, reason),
    });
  }

  /** A record that is too large on its own is dropped by `set`, which reports the key itself. */
  private disposed(key: string, reason: LRUCache.DisposeReason): void {
    if (reason === 'evict') this.onChange(key);
  }

  /** The time of the records, in monotonic milliseconds. */
  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  get(key: string): MemoryRecord | undefined {
    const record = this.lru.get(key);
    if (record === undefined || this.clock.monotonicMs() < record.expiresAtMs) return record;
    this.drop(key);
    return undefined;
  }

  versionsAt(key: string): VersionRecord | undefined {
    return this.versions.get(key);
  }

  /** Call it also after a version was added to the record. A record beyond the bound is dropped. */
  setVersions(key: string, record: VersionRecord): void {
    this.versions.delete(key);
    this.versions.set(key, record);
    this.onChange(key);
  }

  /** Call it also after the size of a record in the table has changed. */
  set(key: string, record: MemoryRecord): void {
    this.lru.delete(key);
    this.lru.set(key, record);
    this.onChange(key);
  }

  /** What is known about a key; undefined if it is absent. Tables of versions are not described. */
  describe(key: string): MemoryKeyFacts | undefined {
    const record = this.get(key);
    if (record === undefined) return undefined;
    const meta = record.type === 'value' ? record.stored.meta : undefined;
    return { ttlMs: this.remainingMs(key) ?? null, bytes: bytesOf(record), meta };
  }

  /** Sets the time to live of an existing key. */
  expire(key: string, ttlMs: number): void {
    const record = this.get(key);
    if (record === undefined) return;
    record.expiresAtMs = this.expiryAfter(ttlMs);
    this.set(key, record);
  }

  delete(key: string): boolean {
    if (this.versions.delete(key)) {
      this.onChange(key);
      return true;
    }
    const existed = this.get(key) !== undefined;
    if (existed) this.drop(key);
    return existed;
  }

  private drop(key: string): void {
    this.lru.delete(key);
    this.onChange(key);
  }

  /** When a record with this time to live expires; undefined never expires. */
  expiryAfter(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.clock.monotonicMs() + ttlMs;
  }

  /** The remaining milliseconds of a key; null if it never expires; undefined if it is absent. */
  remainingMs(key: string): number | null | undefined {
    const record = this.get(key);
    if (record === undefined) return undefined;
    return record.expiresAtMs === Infinity ? null : record.expiresAtMs - this.clock.monotonicMs();
  }

  /** All keys that have not expired. */
  *keys(): Generator<string> {
    const now = this.clock.monotonicMs();
    for (const [key, record] of this.lru.entries()) {
      if (now < record.expiresAtMs) yield key;
    }
    yield* this.versions.keys();
  }
}

function bytesOf(record: MemoryRecord): number {
  switch (record.type) {
    case 'value':
      return record.stored.bytes;
    case 'hash':
      return record.bytes;
    case 'state':
      return STATE_BYTES;
    case 'lease':
      return LEASE_BYTES;
  }
}
