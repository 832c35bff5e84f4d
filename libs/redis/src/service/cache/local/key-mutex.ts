/** Runs calls one after another for each key, in the order in which they were made. */
export class KeyMutex {
  /** The end of the last call on each key. These promises never reject. */
  private readonly ends = new Map<string, Promise<void>>();

  /** Runs a call when all earlier calls on these keys have ended. */
  run<R>(keys: readonly string[], call: () => Promise<R>): Promise<R> {
    const earlier = keys.flatMap((key) => this.ends.get(key) ?? []);
    const result = earlier.length === 0 ? call() : Promise.all(earlier).then(call);
    const end: Promise<void> = result.then(
      () => this.release(keys, end),
      () => this.release(keys, end),
    );
    for (const key of keys) this.ends.set(key, end);
    return result;
  }

  /** Resolves when all calls that were made before on keys with this prefix have ended. */
  async idle(prefix: string): Promise<void> {
    await Promise.all([...this.ends].filter(([key]) => key.startsWith(prefix)).map(([, end]) => end));
  }

  private release(keys: readonly string[], end: Promise<void>): void {
    for (const key of keys) if (this.ends.get(key) === end) this.ends.delete(key);
  }
}
