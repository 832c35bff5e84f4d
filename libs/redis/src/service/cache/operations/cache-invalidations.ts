import type { InvalidationStatus } from '../../../domain/entry-store.js';
import type { CacheContext } from '../cache-context.js';
import { hashesOfTags } from '../entry/tag-hash.js';
import {
  resolveFlushOptions,
  resolveInvalidateTagsOptions,
  type FlushOptions,
} from '../options/invalidation-options.js';
import { checkTags } from '../options/set-options.js';
import { unsupportedOption } from '../options/supported-options.js';
import { failureOf } from '../store-failures.js';

/** The result of `invalidate` and `invalidateTags`. */
export interface Invalidation {
  /**
   * `applied`: the store has confirmed it. `journaled`: the store is unavailable; this cache keeps the invalidation, and
   * applies it when the store is available again.
   */
  readonly status: InvalidationStatus;
}

/** The result of `flush`. */
export interface FlushReport extends Invalidation {
  /** The number of keys removed; undefined with `{ wait: false }`, because the removal continues. */
  readonly removed: number | undefined;
}

const APPLIED: Invalidation = Object.freeze({ status: 'applied' });

/**
 * Invalidates values by key, by tag, or all of a namespace. Rejects if the store fails; a store with a fallback journals
 * the invalidation instead.
 */
export class CacheInvalidations {
  constructor(private readonly context: CacheContext) {}

  async invalidate(key: string): Promise<Invalidation> {
    const { entries, namespaceState: namespace, engine } = this.context;
    const at = namespace.locate(key);
    namespace.recordInvalidation('key');
    return this.context.measure('invalidate', async () => {
      const { status } = await engine.change([at], () => entries.remove([at]));
      return { status };
    });
  }

  /** The two forms of `CacheService.invalidateTags`: a list of tags with options, or tags only. */
  async fromArguments(first: unknown, rest: readonly unknown[]): Promise<Invalidation> {
    if (!Array.isArray(first)) return this.invalidateTags(first === undefined ? rest : [first, ...rest], {});
    const [options = {}] = rest;
    return this.invalidateTags(first, options);
  }

  private async invalidateTags(tags: unknown, options: unknown): Promise<Invalidation> {
    const { context } = this;
    const { entries, scope, namespaceState: namespace, engine } = context;
    const { keepForErrors } = resolveInvalidateTagsOptions(options);
    const checked = checkTags(tags, 'tags');
    if (!context.hasEntries) throw unsupportedOption('tags');
    namespace.recordInvalidation('tag', checked.length);
    if (checked.length === 0) return APPLIED;
    const raised = { keepForErrors, seen: engine.seenVersion };
    const versions = await context.measure('invalidateTags', () =>
      engine.changeVersions(() => entries.invalidateTags(scope, hashesOfTags(checked), raised)),
    );
    engine.see(versions);
    return { status: versions.status };
  }

  async flush(options: FlushOptions): Promise<FlushReport> {
    const { wait } = resolveFlushOptions(options);
    this.context.namespaceState.recordInvalidation('flush');
    return this.context.measure('flush', () => this.flushNow(wait));
  }

  private async flushNow(wait: boolean): Promise<FlushReport> {
    const { entries, scope, namespaceState: namespace, engine } = this.context;
    const { floor, status } = await engine.changePrefix(namespace.prefix, async () => {
      const versions = await entries.raiseFloor(scope, engine.seenVersion);
      engine.see(versions);
      return versions;
    });
    const sweep = entries.sweep(scope, floor);
    if (wait) return { status, removed: await sweep };
    sweep.catch((error: unknown) => {
      const failure = failureOf(error);
      if (failure !== undefined) namespace.recordFailure('flush', failure);
    });
    return { status, removed: undefined };
  }
}
