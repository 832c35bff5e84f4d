import { LRUCache } from 'lru-cache';
import { steadyTime, systemClock } from '../../common/clock.js';
import type { ScriptMemory } from '../../domain/cache-store.js';

/** Subjects counted in this process at most while the server is away; the least recently seen goes first. */
const MAX_SUBJECTS = 20_000;

/** Where a limiter counts while it is on its own. */
export class LocalMemory implements ScriptMemory {
  private readonly states = new LRUCache<string, object>({ max: MAX_SUBJECTS });

  private readonly nowMs = steadyTime(systemClock);

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
