import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import type { StoredForm } from './value-format.js';

/** The record of a key. `expiresAtMs` is in monotonic milliseconds; Infinity never expires. */
export type MemoryRecord = ValueRecord | HashRecord | StateRecord;

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

interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Approximate size of a key and its record without the value. */
const RECORD_BYTES = 100;
/** Approximate size of the state of a script: a few numbers. */
const STATE_BYTES = 200;

/** A bounded table of records. Drops the least recently used first; expired records are absent. */
export class MemoryRecords {
  private readonly lru: LRUCache<string, MemoryRecord>;

  constructor(
    bounds: Bounds,
    private readonly clock: Clock,
    /** Called after the record of a key changed or was dropped. */
    private readonly onChange: (key: string) => void = () => {},
  ) {
    this.lru = new LRUCache({
      max: bounds.maxEntries,
      maxSize: bounds.maxBytes,
      sizeCalculation: (record, key) => RECORD_BYTES + key.length * 2 + bytesOf(record),
      // A record that is too large on its own is dropped by `set`, which reports the key itself.
      disposeAfter: (_record, key, reason) => {
        if (reason === 'evict') this.onChange(key);
      },
    });
  }

  get(key: string): MemoryRecord | undefined {
    const record = this.lru.get(key);
    if (record === undefined || this.clock.monotonicMs() < record.expiresAtMs) return record;
    this.drop(key);
    return undefined;
  }

  /** Call it also after the size of a record in the table has changed. */
  set(key: string, record: MemoryRecord): void {
    this.lru.delete(key);
    this.lru.set(key, record);
    this.onChange(key);
  }

  delete(key: string): boolean {
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
  }
}

function bytesOf(record: MemoryRecord): number {
  if (record.type === 'state') return STATE_BYTES;
  return record.type === 'hash' ? record.bytes : record.stored.bytes;
}
