import type { FeedSubscription } from '../../../src/domain/entry-store.js';
import type { CacheUnderTest, Engine, EngineParts, HistoryLoader } from './engine-under-test.js';
import { referenceEngine } from './reference.engine.js';

/** A copy is served if the feed was confirmed so recently. */
const CONFIRMED_WITHIN_MS = 1000;
/** Copies do not know when their entry ends, so they are made only of entries that live much longer. */
const COPY_MS = 20_000;
const MIN_TTL_MS = 60_000;

/**
 * The reference engine with copies of what `get` returned. The copies follow the feed. The checker must find nothing
 * wrong with it, unless a mechanism of the feed is switched off.
 */
export const nearReferenceEngine: Engine = {
  name: 'leases with near copies',
  keepsNearCopies: true,
  create: (parts) => {
    const cache = referenceEngine.create(parts);
    const { hasNearCopies, ttlMs } = parts.options;
    return hasNearCopies && ttlMs >= MIN_TTL_MS ? new NearCopies(parts, cache) : cache;
  },
};

interface Copy {
  readonly value: unknown;
  readonly untilMs: number;
}

class NearCopies implements CacheUnderTest {
  private readonly copies = new Map<string, Copy>();
  private readonly subscription: FeedSubscription;
  /** Changes with everything that may have made a value of a running read old. */
  private epoch = 0;

  constructor(
    private readonly parts: EngineParts,
    private readonly cache: CacheUnderTest,
  ) {
    const drop = (): void => this.dropAll();
    this.subscription = parts.feed.subscribe('cache:', {
      onInvalidate: drop,
      onVersions: drop,
      onConfirmed: () => {},
      onRefused: drop,
    });
  }

  async get(key: string): Promise<unknown> {
    const copy = this.copies.get(key);
    const nowMs = this.parts.clock.monotonicMs();
    const isConfirmed = nowMs - this.subscription.confirmedMs < CONFIRMED_WITHIN_MS;
    if (copy !== undefined && isConfirmed && nowMs < copy.untilMs) return copy.value;
    const { epoch } = this;
    const value = await this.cache.get(key);
    if (value !== undefined && epoch === this.epoch) this.copies.set(key, { value, untilMs: nowMs + COPY_MS });
    return value;
  }

  getOrSet(key: string, loader: HistoryLoader, options?: { readonly tags: readonly string[] }): Promise<unknown> {
    return this.cache.getOrSet(key, loader, options);
  }

  set(key: string, value: unknown, options?: { readonly tags: readonly string[] }): Promise<void> {
    return this.changing(() => this.cache.set(key, value, options));
  }

  delete(key: string): Promise<unknown> {
    return this.changing(() => this.cache.delete(key));
  }

  incr(key: string): Promise<number> {
    return this.changing(() => this.cache.incr(key));
  }

  invalidateTags(tags: readonly string[], options: { readonly keepForErrors: boolean }): Promise<unknown> {
    return this.changing(() => this.cache.invalidateTags(tags, options));
  }

  flush(options: { readonly wait: boolean }): Promise<unknown> {
    return this.changing(() => this.cache.flush(options));
  }

  /** Values of other namespaces are not copied. */
  namespace(name: string): CacheUnderTest {
    return this.cache.namespace(name);
  }

  connect(): Promise<void> {
    return this.cache.connect();
  }

  disconnect(): Promise<void> {
    this.subscription.close();
    this.dropAll();
    return this.cache.disconnect();
  }

  private async changing<T>(change: () => Promise<T>): Promise<T> {
    this.dropAll();
    try {
      return await change();
    } finally {
      this.dropAll();
    }
  }

  private dropAll(): void {
    this.epoch++;
    this.copies.clear();
  }
}
