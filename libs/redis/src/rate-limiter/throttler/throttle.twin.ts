import type { ScriptMemory } from '../../domain/cache-store.js';
import type { ThrottledRequest, ThrottleVerdict } from './throttled-request.js';

/** The twin of throttle.lua: the same requests at the same moments have the same verdicts. */
export function throttleInMemory(memory: ScriptMemory, key: string, request: ThrottledRequest): ThrottleVerdict {
  const nowMs = Math.floor(memory.nowUs / 1000);
  const stored = memory.get(key);
  const record = stored instanceof ThrottleRecord ? stored : new ThrottleRecord();
  const verdict = record.count(request, nowMs);
  memory.set(key, record, Math.max(1, record.endMs - nowMs));
  return verdict;
}

class ThrottleRecord {
  /** When each counted request expires, by its id. */
  private readonly hits = new Map<string, number>();
  private windowMs = 0;
  private blockedMs = 0;

  /** When nothing of the record counts any more. */
  get endMs(): number {
    return Math.max(this.windowMs, this.blockedMs, ...this.hits.values());
  }

  count({ id, ttlMs, limit, blockMs }: ThrottledRequest, nowMs: number): ThrottleVerdict {
    this.expire(nowMs, blockMs > 0);
    if (this.windowMs <= nowMs) this.windowMs = nowMs + ttlMs;
    const isRepeated = this.hits.has(id);
    const verdict = (freeMs: number): ThrottleVerdict => ({
      hits: this.hits.size,
      windowMs: this.windowMs - nowMs,
      isBlocked: freeMs > nowMs,
      blockedMs: freeMs - nowMs,
    });
    if (blockMs > 0) {
      if (this.blockedMs <= nowMs) {
        if (!isRepeated) this.hits.set(id, nowMs + ttlMs);
        if (this.hits.size > limit) this.blockedMs = nowMs + blockMs;
      }
      return verdict(Math.max(nowMs, this.blockedMs));
    }
    if (isRepeated || this.hits.size < limit) {
      if (!isRepeated) this.hits.set(id, nowMs + ttlMs);
      return verdict(nowMs);
    }
    const oldestMs = this.hits.size === 0 ? this.windowMs : Math.min(...this.hits.values());
    return { ...verdict(oldestMs), isBlocked: true, hits: this.hits.size + 1 };
  }

  /** A block that has ended clears the count. */
  private expire(nowMs: number, clearsCount: boolean): void {
    if (clearsCount && this.blockedMs > 0 && this.blockedMs <= nowMs) this.hits.clear();
    if (this.blockedMs <= nowMs) this.blockedMs = 0;
    for (const [id, endMs] of this.hits) if (endMs <= nowMs) this.hits.delete(id);
  }
}
