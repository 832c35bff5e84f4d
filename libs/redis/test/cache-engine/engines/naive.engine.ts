import { silentHandle } from './load-handle.js';
import type { CacheUnderTest, Engine, EngineParts, HistoryLoader } from './engine-under-test.js';

/** Cache-aside without any protection: read, load, write. The checker must find what is wrong with it. */
export const naiveEngine: Engine = {
  name: 'cache-aside without protection',
  keepsNearCopies: false,
  create: (parts) => new NaiveCache(parts, 'cache:'),
};

class NaiveCache implements CacheUnderTest {
  constructor(
    private readonly parts: EngineParts,
    private readonly prefix: string,
  ) {}

  connect(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  namespace(name: string): CacheUnderTest {
    return new NaiveCache(this.parts, `${this.prefix}${name}::`);
  }

  async get(key: string): Promise<unknown> {
    const read = await this.parts.entries.readValue(this.prefix + key).catch(() => undefined);
    return read?.stored?.value;
  }

  async getOrSet(key: string, loader: HistoryLoader): Promise<unknown> {
    const cached = await this.get(key);
    if (cached !== undefined) return cached;
    const value = await loader(silentHandle());
    if (value !== undefined) await this.set(key, value);
    return value;
  }

  set(key: string, value: unknown): Promise<void> {
    const { ttlMs } = this.parts.options;
    return this.parts.entries.write(this.prefix + key, { value, meta: undefined, ttlMs }).catch(() => undefined);
  }

  delete(key: string): Promise<unknown> {
    return this.parts.entries.remove([this.prefix + key]).catch(() => 0);
  }

  incr(key: string): Promise<number> {
    return this.parts.entries.incr(this.prefix + key, 1, this.parts.options.ttlMs);
  }

  async invalidateTags(): Promise<unknown> {
    return this.flush();
  }

  async flush(): Promise<unknown> {
    const scope = { prefixes: [this.prefix] as const };
    return this.parts.entries.sweep(scope, Infinity).catch(() => 0);
  }
}
