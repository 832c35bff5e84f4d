import { LRUCache } from 'lru-cache';
import { steadyTime, type Clock } from '../../common/clock.js';
import type { ScriptMemory } from '../../domain/cache-store.js';

/** Maximum subjects that are counted locally; the least recently used one is evicted. */
const MAX_SUBJECTS = 20_000;

/** The local counts of a limiter while Redis is unavailable. */
export class LocalMemory implements ScriptMemory {
  private readonly states = new LRUCache<string, object>({ max: MAX_SUBJECTS });

  private readonly nowMs: () => number;

  constructor(clock: Clock) {
    this.nowMs = steadyTime(clock);
  }

  get nowUs(): number {
    return Math.floor(this.nowMs() * 1000);
  }

  get(key: string): unknown {
    return this.states.get(key);
  }

  set(key: string, state: object, ttlMs: number): void {
    this.states.set(key, state, { ttl: ttlMs });
  }

  delete(key: string): void {
    this.states.delete(key);
  }
}
