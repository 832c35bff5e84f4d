import type { CacheContext } from '../cache-context.js';
import { untilAborted } from '../loads/leave-load.js';
import type { Load, LoadResult } from '../loads/load.js';
import { loadedResult, type GetOrSetResult } from './get-or-set-result.js';

/** The result of a step of a call: that of the call, or that it must read again. */
export type Step<T> = GetOrSetResult<T> | 'read-again';

/** How a call waits for a load. */
export interface JoinParts<T> {
  readonly load: Load<T>;
  readonly context: CacheContext;
  /** After this time the call uses the stale value; undefined waits for the load. */
  readonly softTimeoutMs: number | undefined;
  /** Returns the stale value that the call may use now; undefined if there is none. */
  readonly useStale: () => Step<T> | undefined;
  /** The newest invalidation of a tag that the call has seen. */
  readonly tagged: number;
}

/** Waits for a load and returns its value, the stale value, or that the value was invalidated meanwhile. */
export async function joinLoad<T>(parts: JoinParts<T>): Promise<Step<T>> {
  const { load, context, useStale } = parts;
  let result: LoadResult<T> | 'late';
  try {
    result = await untilAborted(withSoftTimeout(parts), context.limits.signal);
  } catch (error) {
    const stale = context.limits.signal?.aborted === true ? undefined : useStale();
    if (stale === undefined) throw error;
    return stale;
  }
  if (result === 'late') return useStale() ?? joinLoad({ ...parts, softTimeoutMs: undefined });
  const isInvalidated = load.clock < parts.tagged && (await hasNewerTag(load, result, context));
  return isInvalidated ? 'read-again' : loadedResult(result.value);
}

function withSoftTimeout<T>({ load, context, softTimeoutMs }: JoinParts<T>): Promise<LoadResult<T> | 'late'> {
  if (softTimeoutMs === undefined) return load.result;
  return new Promise((resolve, reject) => {
    const cancel = context.engine.environment.timers.after(softTimeoutMs, () => resolve('late'));
    load.result.then(resolve, reject).finally(cancel);
  });
}

async function hasNewerTag<T>(load: Load<T>, { tags }: LoadResult<T>, context: CacheContext): Promise<boolean> {
  if (tags.length === 0) return false;
  const versions = await context.entries.tagVersions(context.scope, tags, load.at);
  return versions.some(({ removed, stale }) => load.clock < removed || load.clock < stale);
}
