/** Goes on with a value, now if it is there: most values need no promise. */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** All of them; waits only where there is something to wait for. */
export function allOf<T>(values: (T | Promise<T>)[]): T[] | Promise<T[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values.map(async (value) => value))
    : (values as T[]);
}

/** Makes one of each item. Where making one fails at once, those begun before it are let go: nobody is left to hear of their end. */
export function mapAll<I, T>(items: readonly I[], make: (item: I) => T | Promise<T>): (T | Promise<T>)[] {
  const made: (T | Promise<T>)[] = [];
  try {
    for (const item of items) made.push(make(item));
  } catch (error) {
    for (const one of made) if (one instanceof Promise) one.catch(() => {});
    throw error;
  }
  return made;
}
