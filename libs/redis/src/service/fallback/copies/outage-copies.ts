import { LRUCache } from 'lru-cache';
import { bytesOf, type CopyForm } from './copy-form.js';

/** The approximate memory of a copy in bytes, without its key and its value. */
const COPY_BYTES = 160;

/** A value for an outage. Times are monotonic milliseconds. */
export interface OutageCopy {
  readonly form: CopyForm;
  /** When the primary store confirmed the value last. A reply confirms it as of the moment of its request. */
  confirmedMs: number;
  /** When a plain value expires; Infinity never; undefined if it is not known yet, so that the copy cannot be used. */
  expiresMs: number | undefined;
  /** The value was written or loaded while the primary store was unavailable: it never was in the store. */
  readonly isOutageValue: boolean;
}

/** The time in which a feed has reported every change of the keys with a prefix, in monotonic milliseconds. */
export interface FeedCoverage {
  readonly prefix: string;
  sinceMs: number;
  untilMs: number;
}

/** The bounded memory of copies. The least recently used ones are dropped first. */
export class OutageCopies {
  private readonly lru: LRUCache<string, OutageCopy>;
  /** The coverages by feeds, each with the function that brings it up to date. */
  private readonly coverages = new Map<FeedCoverage, () => void>();

  constructor({ maxEntries, maxBytes }: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.lru = new LRUCache({ max: maxEntries, maxSize: maxBytes });
  }

  get size(): number {
    return this.lru.size;
  }

  get(key: string): OutageCopy | undefined {
    return this.lru.get(key);
  }

  /** As `get`, with the latest confirmation, also by a feed. */
  confirmed(key: string): OutageCopy | undefined {
    const copy = this.lru.get(key);
    if (copy === undefined) return undefined;
    for (const [coverage, update] of this.coverages) {
      update();
      confirmBy(coverage, key, copy);
    }
    return copy;
  }

  set(key: string, copy: OutageCopy): void {
    this.lru.set(key, copy, { size: COPY_BYTES + key.length + bytesOf(copy.form) });
  }

  delete(key: string): void {
    this.lru.delete(key);
  }

  /** Drops the copies of the keys that begin with the prefix. */
  deleteUnder(prefix: string): void {
    for (const key of this.lru.keys()) if (key.startsWith(prefix)) this.lru.delete(key);
  }

  /** Drops the values that never were in the store. */
  deleteOutageValues(): void {
    for (const [key, { isOutageValue }] of this.lru.entries()) if (isOutageValue) this.lru.delete(key);
  }

  /** A feed confirms copies. `update` brings its coverage up to date. Returns the function that ends it. */
  coverBy(coverage: FeedCoverage, update: () => void): () => void {
    this.coverages.set(coverage, update);
    return () => void this.coverages.delete(coverage);
  }

  /** Confirms the copies in the coverage, before it changes. */
  confirm(coverage: FeedCoverage): void {
    if (coverage.untilMs < coverage.sinceMs) return;
    for (const [key, copy] of this.lru.entries()) confirmBy(coverage, key, copy);
  }

  clear(): void {
    this.lru.clear();
  }
}

/** A copy from the time of a coverage is as new as the stored value until its end. */
function confirmBy({ prefix, sinceMs, untilMs }: FeedCoverage, key: string, copy: OutageCopy): void {
  if (copy.isOutageValue || copy.confirmedMs < sinceMs || !key.startsWith(prefix)) return;
  copy.confirmedMs = Math.max(copy.confirmedMs, untilMs);
}
