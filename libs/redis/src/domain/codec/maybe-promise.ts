/** Calls `next` with the value, immediately if it is not a promise. Saves a promise on the hot path. */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Like `Promise.all`, but returns the array directly if it contains no promise. */
export function allOf<T>(values: (T | Promise<T>)[]): T[] | Promise<T[]> {
  return hasNoPromise(values) ? values : Promise.all(values.map(async (value) => value));
}

function hasNoPromise<T>(values: (T | Promise<T>)[]): values is T[] {
  return !values.some((value) => value instanceof Promise);
}

/**
 * Maps items. If `make` throws, rejections of earlier promises are ignored, because the caller never gets those
 * promises.
 */
export function mapAll<I, T>(items: readonly I[], make: (item: I) => T | Promise<T>): (T | Promise<T>)[] {
  const results: (T | Promise<T>)[] = [];
  try {
    for (const item of items) results.push(make(item));
  } catch (error) {
    for (const result of results) if (result instanceof Promise) result.catch(() => {});
    throw error;
  }
  return results;
}
