import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheContext } from '../cache-context.js';
import type { JudgedValue } from '../entry/entry-validity.js';
import { BatchLoad, type BatchLoader } from '../loads/batch-load.js';
import type { ResolvedEntryOptions } from '../options/entry-options.js';
import { storeFailure } from '../store-failures.js';
import type { EntryReader } from './entry-reader.js';
import { GetOrSetCall } from './get-or-set.js';
import { valueOf } from './get-or-set-result.js';

/** The parameters of one `getOrSetMany`. */
export interface GetOrSetManyParts<T> {
  readonly context: CacheContext;
  readonly reader: EntryReader;
  /** Each key once. */
  readonly keys: readonly string[];
  readonly loader: BatchLoader<T>;
  readonly options: ResolvedEntryOptions;
}

/**
 * Reads all keys at once. Then each key is a `getOrSet` of its own, with a lease of its own; those that this call loads
 * share one call of the loader.
 */
export async function getOrSetMany<T>(parts: GetOrSetManyParts<T>): Promise<Map<string, T>> {
  const { context, reader, keys, loader, options } = parts;
  const number = context.engine.loads.nextRequest();
  const located = keys.map((key) => context.namespaceState.locateLoad(key));
  const reads = await readAll<T>(parts, located);
  const batch = new BatchLoad<T>(loader, keys.length);
  const calls = keys.map((key, i) => {
    const onDecision = (isLoadedHere: boolean): void => batch.decide(isLoadedHere);
    const at = located[i] ?? '';
    const read = reads?.[i];
    return new GetOrSetCall<T>({
      context,
      reader,
      key,
      at,
      loader: batch.loaderOf(key),
      options,
      number,
      read,
      onDecision,
    }).run(valueOf);
  });
  const results = await Promise.allSettled(calls);
  const found = new Map<string, T>();
  results.forEach((result, i) => {
    if (result.status === 'rejected') {
      if (batch.hasFailedWith(result.reason) || !isFailureOfKey(result.reason)) throw result.reason;
    } else if (result.value !== undefined) found.set(keys[i] ?? '', result.value);
  });
  return found;
}

/** Undefined if the store is unavailable; then each key finds out by itself. */
async function readAll<T>(
  { context, reader }: GetOrSetManyParts<T>,
  located: readonly string[],
): Promise<readonly JudgedValue<T>[] | undefined> {
  try {
    return await reader.readMany<T>(located, 'getOrSetMany');
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'KEY_INVALID') return undefined;
    context.recordFailure('getOrSetMany', storeFailure(error));
    return undefined;
  }
}

/** The loader failed for one key, in this call or in the call whose load it joined. */
function isFailureOfKey(error: unknown): boolean {
  return !(error instanceof RedisInfraError) || error.code === 'LOAD_FAILED';
}
