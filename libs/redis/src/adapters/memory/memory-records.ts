import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import type { StoredForm } from './value-format.js';

/** What a key holds, and until when (monotonic milliseconds; Infinity: for ever). */
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

/** What a script's twin left, as it is. */
export interface StateRecord {
  readonly type: 'state';
  readonly state: unknown;
  expiresAtMs: number;
}

interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What a key with its record takes beside the value, roughly. */
const RECORD_BYTES = 100;
/** What a script's state takes, roughly: a few numbers. */
const STATE_BYTES = 200;

/** A bounded table of records: the least recently used goes first, and an expired one is as good as gone. */
export class MemoryRecords {
  private readonly lru: LRUCache<string, MemoryRecord>;

  constructor(
    bounds: Bounds,
    private readonly clock: Clock,
  ) {
    this.lru = new LRUCache({
      max: bounds.maxEntries,
      maxSize: bounds.maxBytes,
      sizeCalculation: (record, key) => RECORD_BYTES + key.length * 2 + bytesOf(record),
    });
  }

  get(key: string): MemoryRecord | undefined {
    const record = this.lru.get(key);
    if (record === undefined || this.clock.monotonicMs() < record.expiresAtMs) return record;
    this.lru.delete(key);
    return undefined;
  }

  /** Also to be called when a record in the table has grown or shrunk. */
  set(key: string, record: MemoryRecord): void {
    this.lru.delete(key);
    this.lru.set(key, record);
  }

  delete(key: string): boolean {
    const existed = this.get(key) !== undefined;
    if (existed) this.lru.delete(key);
    return existed;
  }

  /** The keys that are there now. */
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
