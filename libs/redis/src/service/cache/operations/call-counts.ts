import type { CacheContext } from '../cache-context.js';
import type { JudgedValue } from '../entry/entry-validity.js';

/** Counts one `getOrSet`: its first read, and that it shared a load. Each counts once, however often the call reads. */
export class CallCounts {
  private hasRead = false;
  private hasShared = false;

  constructor(
    private readonly context: CacheContext,
    private readonly key: string,
  ) {}

  /** Counts the first read. Undefined if the store is unavailable. */
  read(read: JudgedValue<unknown> | undefined, isHit: boolean): void {
    if (this.hasRead) return;
    this.hasRead = true;
    const { context, key } = this;
    if (read === undefined) return context.namespaceState.recordFailedRead(key);
    const value = isHit ? read.value : undefined;
    context.namespaceState.recordRead(key, value, context.layerOf(read), read.state === 'stale');
  }

  /** The call joins a load that it has not started, or waits for the load of another process. */
  shared(): void {
    if (this.hasShared) return;
    this.hasShared = true;
    this.context.namespaceState.counters.coalesced++;
  }

  /** The call returns a stale value. */
  stale(): void {
    this.context.namespaceState.recordStale(this.key);
  }
}
